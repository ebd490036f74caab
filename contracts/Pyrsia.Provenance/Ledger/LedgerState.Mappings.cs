using System.Collections.Immutable;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Specifications;

namespace Pyrsia.Provenance.Ledger;

/// <summary>A mapping that waits for approvals.</summary>
/// <param name="Proposal">What was proposed.</param>
/// <param name="Index">Where it stands in the log.</param>
/// <param name="Approvals">The sitting authorities that approved it, by index.</param>
public sealed record ProposalState(MappingProposal Proposal, long Index, ImmutableSortedSet<int> Approvals);

/// <summary>What a coordinate is built from.</summary>
/// <param name="Source">The digest of the source, see <see cref="BuildSource.Digest"/>.</param>
/// <param name="Index">Where the approval stands that completed the quorum.</param>
public readonly record struct LedgerMapping(Digest Source, long Index);

public sealed partial record LedgerState
{
    /// <summary>Most proposals that wait; the oldest gives way, since keys to propose with are free.</summary>
    public const int MaxProposals = 4096;

    /// <summary>Mappings that wait for approvals.</summary>
    public ImmutableDictionary<MappingId, ProposalState> Proposals { get; private init; } = ImmutableDictionary<MappingId, ProposalState>.Empty;

    private EntryFault CheckProposal(SignedEntry entry, MappingProposal proposal)
    {
        if (proposal.ChainId != Genesis.ChainId)
            return EntryFault.WrongChain;
        var id = new MappingId(entry.PayloadDigest);
        if (Proposals.ContainsKey(id) || IsDecided(id))
            return EntryFault.Duplicate;
        if (entry.Signer.Ed25519 is null || !entry.Signer.Ed25519.Equals(proposal.Proposer))
            return EntryFault.WrongKey;
        if (!proposal.Source.IsSecure && !Genesis.TestNetwork)
            return EntryFault.SourceNotHttps;
        return proposal.Coordinates.All(c => Genesis.KindOf(c) == ArtifactKind.Built) ? EntryFault.None : EntryFault.WrongKind;
    }

    private EntryFault CheckApproval(SignedEntry entry, MappingApproval approval)
    {
        if (approval.ChainId != Genesis.ChainId)
            return EntryFault.WrongChain;
        var authority = Set.IndexOf(approval.Authority);
        if (authority < 0 || !Set.Members[authority].VoteKey.Equals(entry.Signer.Ed25519))
            return EntryFault.NotAnAuthority;
        if (IsDecided(approval.Proposal))
            return EntryFault.RequestClosed;
        if (!Proposals.TryGetValue(approval.Proposal, out var proposal))
            return EntryFault.UnknownProposal;
        return proposal.Approvals.Contains(authority) ? EntryFault.Duplicate : EntryFault.None;
    }

    private LedgerState AddProposal(MappingProposal proposal, MappingId id, long index)
    {
        var waiting = Proposals;
        if (waiting.Count >= MaxProposals)
            waiting = waiting.Remove(waiting.MinBy(p => p.Value.Index).Key);
        return this with { Proposals = waiting.Add(id, new ProposalState(proposal, index, [])) };
    }

    /// <summary>The approval that completes a quorum makes the mapping hold. An immutable coordinate that has an answer keeps its source.</summary>
    private LedgerState AddApproval(MappingApproval approval, long index)
    {
        var state = Proposals[approval.Proposal];
        state = state with { Approvals = state.Approvals.Add(Set.IndexOf(approval.Authority)) };
        if (state.Approvals.Count < Set.Quorum)
            return this with { Proposals = Proposals.SetItem(approval.Proposal, state) };
        var mapped = new LedgerMapping(state.Proposal.Source.Digest, index);
        return state.Proposal.Coordinates
            .Where(c => FindName(c) is null)
            .Aggregate((this with { Proposals = Proposals.Remove(approval.Proposal) }).Remember(approval.Proposal), (after, c) => after.Remember(c, mapped));
    }
}
