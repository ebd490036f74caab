using System.Collections.Immutable;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Provenance.Ledger;

/// <summary>A set of authorities that waits for approvals.</summary>
/// <param name="Proposal">What was proposed.</param>
/// <param name="Id">Its name.</param>
/// <param name="Set">The set.</param>
/// <param name="Index">Where it stands in the log.</param>
/// <param name="Approvals">The sitting authorities that approved it, by index, and where their approvals stand.</param>
public sealed record SetProposalState(SetProposal Proposal, SetId Id, AuthoritySet Set, long Index, ImmutableSortedDictionary<int, long> Approvals);

public sealed partial record LedgerState
{
    /// <summary>The authorities of every epoch so far.</summary>
    public ImmutableArray<AuthoritySet> Sets { get; private init; } = [];

    /// <summary>The sitting authorities.</summary>
    public AuthoritySet Set => Sets[^1];

    /// <summary>Sets for the next epoch that wait for approvals, by the index of who proposed them: one each, the newest.</summary>
    public ImmutableSortedDictionary<int, SetProposalState> SetProposals { get; private init; } = ImmutableSortedDictionary<int, SetProposalState>.Empty;

    /// <summary>What an entry of the block that is being applied has decided: nothing else may stand in its epoch.</summary>
    private SetProposalState? NextSet { get; init; }

    private EntryFault CheckSetProposal(SignedEntry entry, SetProposal proposal)
    {
        if (proposal.ChainId != Genesis.ChainId)
            return EntryFault.WrongChain;
        if (proposal.Epoch != Set.Epoch + 1)
            return EntryFault.WrongEpoch;
        var proposer = Set.IndexOfVoteKey(proposal.Proposer);
        if (proposer < 0 || !proposal.Proposer.Equals(entry.Signer.Ed25519))
            return EntryFault.NotAnAuthority;
        if (SetProposals.Values.Any(waiting => waiting.Id.Value == entry.PayloadDigest))
            return EntryFault.Duplicate;
        return proposal.TryGetSet(Genesis.Origin, out var next, out _) ? CheckSet(proposal, next) : EntryFault.BadSet;
    }

    /// <summary>Who enters proves that it has its key, which no authority had before it; and so few enter and leave that both quorums are of those who stay.</summary>
    private EntryFault CheckSet(SetProposal proposal, AuthoritySet next)
    {
        if (next.Members.SequenceEqual(Set.Members))
            return EntryFault.BadSet;
        foreach (var proposed in proposal.Members)
        {
            if (Set.Members.Contains(proposed.Member) != proposed.Proof.IsEmpty)
                return EntryFault.NoPossession;
            if (proposed.Proof.IsEmpty)
                continue;
            if (!proposed.ProvesPossession(Genesis.ChainId, proposal.Epoch))
                return EntryFault.NoPossession;
            var sitting = Set.IndexOfPeer(proposed.Member.PeerId);
            var keeps = sitting >= 0 && Set.Members[sitting].VoteKey.Equals(proposed.Member.VoteKey);
            if (!keeps && Sets.Any(set => set.Members.Any(member => member.VoteKey.Equals(proposed.Member.VoteKey))))
                return EntryFault.KeyUsedBefore;
        }

        var stay = next.Members.Count(Set.Members.Contains);
        return stay >= next.Quorum && stay >= Set.Quorum ? EntryFault.None : EntryFault.TooManyChanges;
    }

    private EntryFault CheckSetApproval(SignedEntry entry, SetApproval approval)
    {
        if (approval.ChainId != Genesis.ChainId)
            return EntryFault.WrongChain;
        if (approval.Epoch != Set.Epoch + 1)
            return EntryFault.WrongEpoch;
        var authority = Set.IndexOf(approval.Authority);
        if (authority < 0 || !Set.Members[authority].VoteKey.Equals(entry.Signer.Ed25519))
            return EntryFault.NotAnAuthority;
        if (FindSetProposal(approval.Proposal) is not { } waiting)
            return EntryFault.UnknownProposal;
        return waiting.Approvals.ContainsKey(authority) ? EntryFault.Duplicate : EntryFault.None;
    }

    private LedgerState AddSetProposal(SetProposal proposal, SetId id, long index)
    {
        _ = proposal.TryGetSet(Genesis.Origin, out var set, out _);
        return this with { SetProposals = SetProposals.SetItem(Set.IndexOfVoteKey(proposal.Proposer), new SetProposalState(proposal, id, set!, index, ImmutableSortedDictionary<int, long>.Empty)) };
    }

    /// <summary>The approval that completes a quorum decides; what else was proposed for that epoch has lost.</summary>
    private LedgerState AddSetApproval(SetApproval approval, long index)
    {
        var waiting = FindSetProposal(approval.Proposal)!;
        waiting = waiting with { Approvals = waiting.Approvals.Add(Set.IndexOf(approval.Authority), index) };
        return waiting.Approvals.Count < Set.Quorum
            ? this with { SetProposals = SetProposals.SetItem(Set.IndexOfVoteKey(waiting.Proposal.Proposer), waiting) }
            : this with { NextSet = waiting };
    }

    /// <summary>The last leaf of an epoch, and the state in which the next one begins. Approvals of mappings are counted anew: they were given by others.</summary>
    private AppliedBlock EndEpoch(ImmutableArray<VerdictEntry> derived)
    {
        if (NextSet is not { } decided)
            return new AppliedBlock(this, derived);
        var change = SetChangeEntry.Create(Genesis.ChainId, decided.Set, decided.Id, [.. decided.Approvals.Values.Order()], BlockTimeMs);
        var state = this with
        {
            Size = Size + 1,
            Sets = Sets.Add(decided.Set),
            SetProposals = SetProposals.Clear(),
            NextSet = null,
            Proposals = Proposals.SetItems(Proposals.Select(p => KeyValuePair.Create(p.Key, p.Value with { Approvals = [] }))),
        };
        return new AppliedBlock(state, derived, change);
    }

    private SetProposalState? FindSetProposal(SetId id) => SetProposals.Values.FirstOrDefault(waiting => waiting.Id == id);
}
