using System.Collections.Immutable;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Provenance.Ledger;

/// <summary>A block that was applied.</summary>
/// <param name="State">The state after it.</param>
/// <param name="Derived">The verdicts that follow the block's entries in the log, in their order.</param>
/// <param name="SetChange">The last leaf of a block that ends its epoch, after the verdicts; null of every other block.</param>
public sealed record AppliedBlock(LedgerState State, ImmutableArray<VerdictEntry> Derived, SetChangeEntry? SetChange = null)
{
    /// <summary>The leaves that follow the block's entries in the log, in their order.</summary>
    public IEnumerable<LogEntry> Leaves => SetChange is null ? Derived : [.. Derived, SetChange];
}

/// <summary>Why a block is invalid.</summary>
/// <param name="Position">Which of its entries.</param>
/// <param name="Fault">What is wrong with it.</param>
public sealed record BlockFault(int Position, EntryFault Fault);

public sealed partial record LedgerState
{
    /// <summary>Applies a block's entries in order, then derives the verdicts that are due.</summary>
    /// <param name="entries">The entries, without verdicts, payloads attached.</param>
    /// <param name="blockTimeMs">The time in the block's header, in milliseconds since 1970.</param>
    /// <param name="signaturesVerified">Whether <see cref="CheckSigned"/> has passed for every entry before, so that it need not again.</param>
    /// <param name="applied">The outcome of a valid block.</param>
    /// <param name="fault">What is wrong with an invalid one.</param>
    public bool TryApply(IReadOnlyList<LogEntry> entries, long blockTimeMs, bool signaturesVerified, out AppliedBlock? applied, out BlockFault? fault)
    {
        ArgumentNullException.ThrowIfNull(entries);
        applied = null;
        var state = AtTime(blockTimeMs);
        var touched = new SortedSet<RequestId>();
        for (var i = 0; i < entries.Count; i++)
        {
            var reason = signaturesVerified && entries[i] is SignedEntry { Body: not null } ? EntryFault.None : CheckSigned(entries[i]);
            if (reason == EntryFault.None)
                reason = state.CheckRules((SignedEntry)entries[i]);
            if (reason != EntryFault.None)
            {
                fault = new BlockFault(i, reason);
                return false;
            }

            state = state.Add((SignedEntry)entries[i], touched);
        }

        fault = null;
        applied = state.Derive(touched);
        return true;
    }

    /// <summary>Takes from a pool, in its order, the entries that a block at that time may hold.</summary>
    /// <param name="pool">Candidates whose signatures were verified.</param>
    /// <param name="blockTimeMs">The block's time.</param>
    /// <param name="maxCount">Most entries.</param>
    /// <param name="maxBytes">Most bytes of leaves.</param>
    /// <returns>The entries that fit, and those that can never be logged after this state.</returns>
    public (ImmutableArray<SignedEntry> Chosen, ImmutableArray<(SignedEntry Entry, EntryFault Fault)> Refused) Select(
        IEnumerable<SignedEntry> pool, long blockTimeMs, int maxCount, long maxBytes)
    {
        ArgumentNullException.ThrowIfNull(pool);
        var state = AtTime(blockTimeMs);
        var chosen = ImmutableArray.CreateBuilder<SignedEntry>();
        var refused = ImmutableArray.CreateBuilder<(SignedEntry, EntryFault)>();
        var touched = new SortedSet<RequestId>();
        long bytes = 0;
        foreach (var entry in pool)
        {
            if (chosen.Count == maxCount)
                break;
            var fault = state.CheckRules(entry);
            if (fault != EntryFault.None)
            {
                if (!IsTransient(fault))
                    refused.Add((entry, fault));
                continue;
            }

            if (bytes + entry.Leaf.Length > maxBytes)
                continue;
            bytes += entry.Leaf.Length;
            state = state.Add(entry, touched);
            chosen.Add(entry);
        }

        return (chosen.ToImmutable(), refused.ToImmutable());
    }

    /// <summary>Whether an entry with this fault may become loggable when the log goes on.</summary>
    public static bool IsTransient(EntryFault fault) =>
        fault is EntryFault.UnknownRequest or EntryFault.CommitmentsOpen or EntryFault.NotCommitted or EntryFault.PayloadMissing or EntryFault.TooManyOpenRequests
            or EntryFault.PlanningOpen or EntryFault.UnknownProposal or EntryFault.EpochEnds;

    private LedgerState AtTime(long blockTimeMs)
    {
        var logTime = LogTimeAt(blockTimeMs);
        return (this with { BlockTimeMs = Math.Max(blockTimeMs, BlockTimeMs), LogTimeMs = logTime }).CloseDueCommitments();
    }

    /// <summary>Requests whose commit deadline has passed take no more commitments, from the first entry of the block on.</summary>
    private LedgerState CloseDueCommitments()
    {
        var state = this;
        foreach (var (deadline, id) in Deadlines)
        {
            if (deadline > LogTimeMs)
                break;
            var request = Open[id];
            if (request.Phase == RequestPhase.Committing && VotesOf(request.Commitments.Keys) >= request.Threshold)
                state = state.Replace(request, Revealing(request));
        }

        return state;
    }

    private LedgerState Add(SignedEntry entry, SortedSet<RequestId> touched)
    {
        var index = Size;
        var state = this with { Size = index + 1 };
        switch (entry.Body)
        {
            case BuildRequest request:
                var id = new RequestId(entry.PayloadDigest);
                touched.Add(id);
                return state.Insert(new RequestState
                {
                    Id = id,
                    Request = request,
                    Index = index,
                    OpenedMs = BlockTimeMs,
                    Threshold = Math.Max(Genesis.Threshold, request.Threshold),
                    Builders = BuilderSelection.Choose(Genesis, id, Math.Max(Genesis.Threshold, request.Threshold)),
                    Phase = request.Kind == ArtifactKind.Built ? RequestPhase.Planning : RequestPhase.Committing,
                    DeadlineMs = LogTimeMs + (Genesis.Deadlines.CommitSeconds * 1000L),
                });
            case MappingProposal proposal:
                return state.AddProposal(proposal, new MappingId(entry.PayloadDigest), index);
            case MappingApproval approval:
                return state.AddApproval(approval, index);
            case SetProposal proposal:
                return state.AddSetProposal(proposal, new SetId(entry.PayloadDigest), index);
            case SetApproval approval:
                return state.AddSetApproval(approval, index);
            case BuildCancellation cancellation:
                touched.Add(cancellation.Request);
                return state.Update(cancellation.Request, r => r with { IsCancelled = true });
            case BuildPlan plan:
                touched.Add(plan.Request);
                return state.Update(plan.Request, r => CommitWhenPlanned(
                    r with { Plans = r.Plans.Add(BuilderIndex(plan.Builder), new RecordedPlan(index, plan.Content)) }, plan));
            case Commitment commitment:
                touched.Add(commitment.Request);
                return state.Update(commitment.Request, r => CloseWhenFull(r with
                {
                    Commitments = r.Commitments.Add(BuilderIndex(commitment.Builder), new RecordedCommitment(index, commitment.Value)),
                }));
            case BuildFailed failed:
                touched.Add(failed.Request);
                return state.Update(failed.Request, r => CloseWhenFull(r with
                {
                    Failures = r.Failures.Add(BuilderIndex(failed.Builder), new RecordedFailure(index, failed.Reason, failed.Message)),
                }));
            default:
                var statement = (Attestations.ResultStatement)entry.Body!;
                touched.Add(statement.Request);
                var outputs = Contracts.Digest.Of(VerdictEntry.EncodeOutputs(statement.Outputs));
                return state.Update(statement.Request, r => r with
                {
                    Results = r.Results.Add(BuilderIndex(statement.Builder), new RevealedResult(index, outputs, statement.Outputs, statement.Root, statement.AlsoNames)),
                });
        }
    }

    /// <summary>Building begins when k organisations hold the same plan.</summary>
    private RequestState CommitWhenPlanned(RequestState request, BuildPlan newest) =>
        VotesOf(request.Plans.Where(p => p.Value.Content == newest.Content).Select(p => p.Key)) < request.Threshold
            ? request
            : request with { Phase = RequestPhase.Committing, Plan = newest, DeadlineMs = LogTimeMs + (Genesis.Deadlines.CommitSeconds * 1000L) };

    /// <summary>Commitments close when k + f organisations have committed, or every chosen builder has committed or failed.</summary>
    private RequestState CloseWhenFull(RequestState request)
    {
        var committed = VotesOf(request.Commitments.Keys);
        var all = request.Commitments.Count + request.Failures.Count == request.Builders.Length;
        return request.Phase != RequestPhase.Planning && (committed >= request.Threshold + Genesis.FaultTolerance || (all && committed >= request.Threshold)) ? Revealing(request) : request;
    }

    private RequestState Revealing(RequestState request) => request with
    {
        Phase = RequestPhase.Revealing,
        DeadlineMs = LogTimeMs + (Genesis.Deadlines.RevealSeconds * 1000L),
    };

    /// <summary>One vote an organisation.</summary>
    private int VotesOf(IEnumerable<int> builders) =>
        builders.Select(i => Genesis.Builders[i].Organisation).Distinct(StringComparer.Ordinal).Count();

    private int BuilderIndex(string name)
    {
        for (var i = 0; i < Genesis.Builders.Length; i++)
        {
            if (Genesis.Builders[i].Name == name)
                return i;
        }

        throw new InvalidOperationException("an entry of an unknown builder was applied");
    }

    private LedgerState Insert(RequestState request) =>
        this with { Open = Open.Add(request.Id, request), Deadlines = Deadlines.Add((request.DeadlineMs, request.Id)) };

    private LedgerState Update(RequestId id, Func<RequestState, RequestState> change)
    {
        var before = Open[id];
        return Replace(before, change(before));
    }

    private LedgerState Replace(RequestState before, RequestState after) => this with
    {
        Open = Open.SetItem(after.Id, after),
        Deadlines = before.DeadlineMs == after.DeadlineMs ? Deadlines : Deadlines.Remove((before.DeadlineMs, before.Id)).Add((after.DeadlineMs, after.Id)),
    };
}
