using System.Collections.Immutable;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Ledger;
using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Specifications;

namespace Pyrsia.Node.Log;

/// <summary>What a coordinate is built from.</summary>
/// <param name="Source">The source.</param>
/// <param name="Proposal">The proposal that a quorum approved.</param>
/// <param name="Index">Where the approval stands that completed the quorum.</param>
public sealed record MappedSource(BuildSource Source, MappingId Proposal, long Index);

/// <summary>
/// What coordinates are built from, and which proposals wait, by the same rules as the replicas': a quorum of authorities decides, an immutable
/// coordinate that has an answer keeps its source, and what was decided cannot be brought up again.
/// </summary>
public sealed class MappingIndex
{
    private readonly LogPlaces _places;
    private readonly Func<long, LogEntry?> _read;
    private readonly Dictionary<MappingId, ProposalState> _waiting = [];
    private readonly Lock _gate = new();

    /// <param name="genesis">Says who the authorities are at first.</param>
    /// <param name="places">Where what was decided stands.</param>
    /// <param name="read">The entry at an index.</param>
    internal MappingIndex(GenesisDocument genesis, LogPlaces places, Func<long, LogEntry?> read) => (Set, _places, _read) = (genesis.Set, places, read);

    /// <summary>The authorities that approve.</summary>
    public AuthoritySet Set { get; private set; }

    /// <summary>What a coordinate is built from; null when no quorum has said so.</summary>
    public MappedSource? Find(string coordinate)
    {
        (long Proposal, long Approval) places;
        lock (_gate)
        {
            if (_places.Find(PlaceOf.Mapping, coordinate) is not { } proposed || _places.Find(PlaceOf.MappingApproval, coordinate) is not { } approved) return null;
            places = (proposed, approved);
        }
        return _read(places.Proposal) is SignedEntry { Body: MappingProposal proposal } entry && proposal.Coordinates.Contains(coordinate)
            ? new MappedSource(proposal.Source, new MappingId(entry.PayloadDigest), places.Approval)
            : null;
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
        if (_places.Find(PlaceOf.Decided, id.Value.Bytes) is not null || _waiting.ContainsKey(id)) return;
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
        _places.Set(PlaceOf.Decided, approval.Proposal.Value.Bytes, index);
        foreach (var coordinate in state.Proposal.Coordinates.Where(c => !(Coordinate.IsImmutable(c) && isAnswered(c))))
        {
            _places.Set(PlaceOf.Mapping, coordinate, state.Index);
            _places.Set(PlaceOf.MappingApproval, coordinate, index);
        }
    }
}
