using System.Collections.Immutable;
using Pyrsia.Curve25519;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Node.Log;

/// <summary>A set of authorities that waits for approvals.</summary>
/// <param name="Proposal">What was proposed.</param>
/// <param name="Id">Its name.</param>
/// <param name="Index">Where it stands in the log.</param>
/// <param name="Approvals">The names of who approved it.</param>
public sealed record WaitingSet(SetProposal Proposal, SetId Id, long Index, ImmutableArray<string> Approvals);

/// <summary>Follows who sits and who is proposed, by the same rules as the replicas: each authority has one proposal, and a set change ends them all.</summary>
/// <param name="genesis">Says who the authorities are at first.</param>
public sealed class SetIndex(GenesisDocument genesis)
{
    private readonly Dictionary<Ed25519PublicKey, WaitingSet> _waiting = [];
    private readonly Lock _gate = new();

    /// <summary>The sitting authorities, as far as the log is followed.</summary>
    public AuthoritySet Set { get; private set; } = genesis.Set;

    /// <summary>What waits, oldest first.</summary>
    public IReadOnlyList<WaitingSet> Waiting
    {
        get
        {
            lock (_gate) return [.. _waiting.Values.OrderBy(w => w.Index)];
        }
    }

    /// <summary>Takes in a proposal, an approval or a change; anything else changes nothing.</summary>
    internal void Add(long index, LogEntry entry)
    {
        lock (_gate)
        {
            if (entry is SetChangeEntry change)
            {
                Set = change.Set;
                _waiting.Clear();
            }
            else if (entry is SignedEntry { Body: SetProposal proposal } proposed)
                _waiting[proposal.Proposer] = new WaitingSet(proposal, new SetId(proposed.PayloadDigest), index, []);
            else if (entry is SignedEntry { Body: SetApproval approval } && _waiting.FirstOrDefault(w => w.Value.Id == approval.Proposal) is { Value: { } waiting } found)
                _waiting[found.Key] = waiting with { Approvals = waiting.Approvals.Add(approval.Authority) };
        }
    }
}
