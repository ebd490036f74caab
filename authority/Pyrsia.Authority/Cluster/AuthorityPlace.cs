using Pyrsia.Authority.Keys;
using Pyrsia.Node.Hosting;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Authority.Cluster;

/// <summary>Which member of the network file this process is.</summary>
/// <param name="Index">Its index in the authority set.</param>
/// <param name="Member">What the network file says of it.</param>
/// <param name="Builder">Its builder; null when the network file names none with its key.</param>
internal sealed record AuthorityPlace(int Index, AuthorityMember Member, BuilderMember? Builder)
{
    /// <summary>Finds the member that these keys belong to.</summary>
    /// <exception cref="StartupException">There is none, or a key of it is another.</exception>
    internal static AuthorityPlace Find(GenesisDocument genesis, AuthorityKeys keys)
    {
        for (var i = 0; i < genesis.Authorities.Length; i++)
        {
            var member = genesis.Authorities[i];
            if (member.PeerId != keys.Identity.PeerId.ToString()) continue;
            if (!member.VoteKey.Equals(keys.Vote.PublicKey) || !member.Cosigner.Key.Equals(keys.Cosigner.PublicKey) || !member.Log.Key.Equals(keys.Log.PublicKey))
                throw new StartupException($"The network file names {member.Name} with other keys than this data directory has.", "Use the data directory and the network file that were made together.");
            return new AuthorityPlace(i, member, genesis.Builders.FirstOrDefault(builder => builder.Key.Equals(keys.Builder.PublicKey)));
        }
        throw new StartupException($"The network file has no authority with peer id {keys.Identity.PeerId}.", "Start this directory with pyrsia-node, or use the network file that names it.");
    }
}
