using System.Collections.Immutable;
using Pyrsia.Authority.Keys;
using Pyrsia.Consensus;
using Pyrsia.Curve25519;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Authority.Cluster;

/// <summary>Where this process stands in one epoch.</summary>
/// <param name="Set">The authorities of the epoch.</param>
/// <param name="Self">Its own index among <paramref name="Peers"/>.</param>
/// <param name="Peers">Peer ids of the authorities by index, then of those who sat earlier and follow.</param>
/// <param name="KeyName">The name of its vote key's file.</param>
/// <param name="PublicKey">The vote key that the set names for it; of an observer its newest one.</param>
/// <param name="Signer">Signs with it; null when it does not vote.</param>
/// <param name="Refusal">Why it does not vote in this epoch, whatever its journal says; null when it may.</param>
internal sealed record EpochPlace(AuthoritySet Set, int Self, ImmutableArray<string> Peers, string KeyName, Ed25519PublicKey PublicKey, IEd25519Signer? Signer, string? Refusal)
{
    /// <summary>Whether the set names this process.</summary>
    internal bool IsMember => Self < Set.Members.Length;

    /// <summary>The file that says which journals the key votes with, below a data directory.</summary>
    internal string BindingFile => VoteKey.BindingFileOf(KeyName);

    internal Epoch Epoch => new((ulong)Set.Epoch);

    /// <summary>Whether its cosigner and log keys are those of the set.</summary>
    internal bool Cosigns { get; private init; }

    /// <summary>Finds the place in the newest of these sets.</summary>
    /// <param name="sets">The sets of all epochs up to this one; the first one names the process.</param>
    /// <param name="keys">Its keys.</param>
    internal static EpochPlace Of(ImmutableArray<AuthoritySet> sets, AuthorityKeys keys)
    {
        var set = sets[^1];
        var own = keys.Identity.PeerId.ToString();
        ImmutableArray<string> peers = [.. sets.Reverse().SelectMany(s => s.Members).Select(m => m.PeerId).Distinct(StringComparer.Ordinal).Take(set.Members.Length + ConsensusLimits.MaxObservers)];
        var self = peers.IndexOf(own);
        var member = self < set.Members.Length ? set.Members[self] : null;
        var key = keys.Votes.FirstOrDefault(vote => vote.Signer.PublicKey.Equals(member?.VoteKey));
        var refusal = member is null ? $"it is not among the authorities of epoch {set.Epoch}, and only follows"
            : key is null ? $"the authorities of epoch {set.Epoch} name a vote key for it that its data directory did not have when it started" : null;
        // A key that is not here gets a journal all the same, of its own: it is the one to go on with when the key comes.
        var name = key?.Name ?? (member is null ? keys.Votes[^1].Name : "named");
        return new EpochPlace(set, self, peers, name, member?.VoteKey ?? keys.Votes[^1].Signer.PublicKey, key?.Signer, refusal)
        {
            Cosigns = member is not null && member.Cosigner.Key.Equals(keys.Cosigner.PublicKey) && member.Log.Key.Equals(keys.Log.PublicKey),
        };
    }
}
