using Pyrsia.Authority.Storage;
using Pyrsia.Libp2p;
using Pyrsia.Node.Hosting;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Authority.Cluster;

/// <summary>Counts the authorities that answer heartbeats.</summary>
internal sealed class QuorumSense(Libp2pHost host, Sitting sitting, VotingStatus voting, AuthorityDatabase? database) : IQuorumSense
{
    private AuthoritySet Set => sitting.Place.Set;

    /// <summary>The others that answer, and this one where it is an authority.</summary>
    private int Present => Answering + (sitting.Place.IsMember ? 1 : 0);

    public bool HasQuorum => Present >= Set.Quorum;

    public string? Trouble => voting.Stopped is { } reason ? $"this authority does not vote: {reason}"
        : database?.Trouble is { } trouble ? trouble
        : database?.Lease.Others is { } others ? $"another copy of this authority runs and does not vote: {others}; end one of the two"
        : HasQuorum ? null : $"only {Present} of {Set.Members.Length} authorities answer; {Set.Quorum} are a quorum";

    private int Answering
    {
        get
        {
            var others = Set.Members.Select(authority => authority.PeerId).ToHashSet(StringComparer.Ordinal);
            others.Remove(host.Id.ToString());
            return host.Peers.Where(peer => peer.State == PeerState.Alive).Select(peer => peer.Id.ToString()).Distinct().Count(others.Contains);
        }
    }
}
