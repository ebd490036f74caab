using System.Collections.Immutable;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Ledger;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Node.Log;

/// <summary>
/// What coordinates are built from, and which proposals wait, by the same rules as the replicas': a quorum of authorities decides, an immutable
/// coordinate that has an answer keeps its source, and what was decided cannot be brought up again.
/// </summary>
/// <param name="genesis">Says who the authorities are at first.</param>
public sealed class MappingIndex(GenesisDocument genesis)
{
    private readonly Dictionary<string, MappedSource> _mapped = new(StringComparer.Ordinal);
    private readonly Dictionary<MappingId, ProposalState> _waiting = [];
    private readonly HashSet<MappingId> _decided = [];
    private readonly Lock _gate = new();

    /// <summary>The authorities that approve.</summary>
    public AuthoritySet Set { get; private set; } = genesis.Set;

    /// <summary>What a coordinate is built from; null when no quorum has said so.</summary>
    public MappedSource? Find(string coordinate)
    {
        lock (_gate) return _mapped.GetValueOrDefault(coordinate);
    }

    /// <summary>A proposal that waits; null when there is none of that id.</summary>
    public ProposalState? Find(MappingId id)
    {
        lock (_gate) return _waiting.GetValueOrDefault(id);
    }

    /// <summary>The proposals that wait, oldest first.</summary>
    /// <param name="coordinate">Only those that name it; null for all.</param>
    public IReadOnlyList<ProposalState> Waiting(string? coordinate = null)
    {
        lock (_gate) return [.. _waiting.Values.Where(w => coordinate is null || w.Proposal.Coordinates.Contains(coordinate)).OrderBy(w => w.Index)];
    }

    /// <summary>Other authorities sit from now on; approvals of what waits are counted anew.</summary>
    internal void Begin(AuthoritySet set)
    {
        lock (_gate)
        {
            Set = set;
            foreach (var (id, state) in _waiting.ToArray()) _waiting[id] = state with { Approvals = [] };
        }
    }

    /// <summary>Takes in a proposal or an approval; anything else changes nothing.</summary>
    /// <param name="index">Where it stands in the log.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="isAnswered">Whether a coordinate had an answer when the entry was logged.</param>
    internal void Add(long index, SignedEntry entry, Func<string, bool> isAnswered)
    {
        lock (_gate)
        {
            if (entry.Body is MappingProposal proposal) Propose(index, new MappingId(entry.PayloadDigest), proposal);
            else if (entry.Body is MappingApproval approval) Approve(index, approval, isAnswered);
        }
    }

    private void Propose(long index, MappingId id, MappingProposal proposal)
    {
        if (_decided.Contains(id) || _waiting.ContainsKey(id)) return;
        if (_waiting.Count >= LedgerState.MaxProposals) _waiting.Remove(_waiting.MinBy(w => w.Value.Index).Key);
        _waiting[id] = new ProposalState(proposal, index, []);
    }

    private void Approve(long index, MappingApproval approval, Func<string, bool> isAnswered)
    {
        var authority = Set.IndexOf(approval.Authority);
        if (authority < 0 || !_waiting.TryGetValue(approval.Proposal, out var state)) return;
        state = state with { Approvals = state.Approvals.Add(authority) };
        _waiting[approval.Proposal] = state;
        if (state.Approvals.Count < Set.Quorum) return;
        _waiting.Remove(approval.Proposal);
        _decided.Add(approval.Proposal);
        foreach (var coordinate in state.Proposal.Coordinates.Where(c => !(Coordinate.IsImmutable(c) && isAnswered(c))))
            _mapped[coordinate] = new MappedSource(state.Proposal.Source, approval.Proposal, index);
    }
}
