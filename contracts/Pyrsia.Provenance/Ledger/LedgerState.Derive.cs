using System.Collections.Immutable;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;

namespace Pyrsia.Provenance.Ledger;

public sealed partial record LedgerState
{
    /// <summary>Derives the verdicts of the requests that a block touched and of those whose deadline passed, in the order of their index.</summary>
    private AppliedBlock Derive(SortedSet<RequestId> touched)
    {
        foreach (var (deadline, id) in Deadlines)
        {
            if (deadline > LogTimeMs)
                break;
            touched.Add(id);
        }

        var state = this;
        var derived = ImmutableArray.CreateBuilder<VerdictEntry>();
        foreach (var request in touched.Select(id => Open[id]).OrderBy(r => r.Index))
        {
            if (state.Judge(request) is not { } verdict)
                continue;
            state = state.Close(request, verdict);
            derived.Add(verdict);
        }

        return state.EndEpoch(derived.ToImmutable());
    }

    /// <summary>The verdict on a request; null while there is none.</summary>
    private VerdictEntry? Judge(RequestState request)
    {
        if (request.IsCancelled)
            return Plain(request, EntryType.Failed);
        var due = request.DeadlineMs <= LogTimeMs;
        if (request.Phase == RequestPhase.Planning)
            return JudgePlanning(request, due);
        var votes = VotesOf(request.Results.Keys);
        if (FindAgreement(request) is { } agreed)
            return Verified(request, agreed);
        if (votes >= request.Threshold + Genesis.FaultTolerance)
            return Plain(request, EntryType.Nonreproducible);
        var stillAble = VotesOf(request.Builders.Where(i => !request.Failures.ContainsKey(i)));
        if (stillAble < request.Threshold)
            return Plain(request, EntryType.Failed);
        var allRevealed = request.Phase == RequestPhase.Revealing && request.Results.Count == request.Commitments.Count;
        if (!due && !allRevealed)
            return null;
        // Beyond f failures at least one honest builder says that it cannot be had.
        return Plain(request, VotesOf(request.Failures.Keys) > Genesis.FaultTolerance ? EntryType.Failed : EntryType.Unverified);
    }

    /// <summary>While no k builders hold the same plan: nothing, until too many have failed, all have spoken, or time is up.</summary>
    private VerdictEntry? JudgePlanning(RequestState request, bool due)
    {
        if (VotesOf(request.Builders.Where(i => !request.Failures.ContainsKey(i))) < request.Threshold)
            return Plain(request, EntryType.Failed);
        if (!due && request.Plans.Count + request.Failures.Count < request.Builders.Length)
            return null;
        var planned = VotesOf(request.Plans.Keys) >= request.Threshold;
        return planned || VotesOf(request.Failures.Keys) > Genesis.FaultTolerance ? Plain(request, EntryType.Failed) : Plain(request, EntryType.Unverified);
    }

    /// <summary>The outputs that k organisations agree on. When two sets have k each (more than f builders lie), the one with more votes, then the earlier one.</summary>
    private IGrouping<Digest, KeyValuePair<int, RevealedResult>>? FindAgreement(RequestState request) =>
        request.Results.GroupBy(r => r.Value.OutputsDigest)
            .Where(group => VotesOf(group.Select(r => r.Key)) >= request.Threshold)
            .OrderByDescending(group => VotesOf(group.Select(r => r.Key)))
            .ThenBy(group => group.Min(r => r.Value.Index))
            .FirstOrDefault();

    private VerdictEntry Verified(RequestState request, IGrouping<Digest, KeyValuePair<int, RevealedResult>> agreed)
    {
        var organisations = new HashSet<string>(StringComparer.Ordinal);
        var voters = agreed.OrderBy(r => r.Value.Index).Where(r => organisations.Add(Genesis.Builders[r.Key].Organisation)).Select(r => r.Key).ToHashSet();
        var others = request.Results.Where(r => r.Value.OutputsDigest != agreed.Key);
        var result = agreed.First().Value;
        var verdict = Base(request, EntryType.Verified) with
        {
            Root = result.Root,
            AlsoNames = result.AlsoNames,
            Agreeing = Votes(request.Results.Where(r => voters.Contains(r.Key)).Select(r => (r.Key, r.Value.Index))),
            Dissenting = Votes(others.Select(r => (r.Key, r.Value.Index))),
            ConflictsWith = FindConflict(request.Request.Coordinate, result),
        };
        return VerdictEntry.Create(verdict, result.Outputs);
    }

    /// <summary>The verdict on an immutable coordinate of this result that says otherwise; null when there is none.</summary>
    private long? FindConflict(string coordinate, RevealedResult result)
    {
        foreach (var name in result.AlsoNames.Select(n => n.Coordinate).Prepend(coordinate).Where(Entries.Coordinate.IsImmutable))
        {
            if (FindName(name) is { } earlier && earlier.Outputs != OutputsOf(name, result.Outputs))
                return earlier.VerdictIndex;
        }

        return null;
    }

    /// <summary>The digest of the list of those outputs that belong to a coordinate: of a build of several artifacts not all. What is known by digest alone belongs to the one name that there is.</summary>
    private static Digest OutputsOf(string coordinate, ImmutableArray<ArtifactOutput> outputs)
    {
        var folder = Entries.Coordinate.OutputFolder(coordinate) ?? "";
        return Digest.Of(VerdictEntry.EncodeOutputs(outputs.Where(o => o.Name.Length == 0 || o.Name.StartsWith(folder, StringComparison.Ordinal))));
    }

    private VerdictEntry Plain(RequestState request, EntryType type)
    {
        var verdict = Base(request, type) with
        {
            Dissenting = Votes(request.Results.Select(r => (r.Key, r.Value.Index))),
            Reason = type != EntryType.Failed ? null
                : request.IsCancelled ? FailureReason.Cancelled
                : request.Failures.Values.GroupBy(f => f.Reason).OrderByDescending(g => g.Count()).ThenBy(g => g.Key).FirstOrDefault()?.Key ?? FailureReason.PlanMismatch,
        };
        return VerdictEntry.Create(verdict, []);
    }

    private Verdict Base(RequestState request, EntryType type) => new(
        type, request.Id, request.Index, request.Attempt, request.Request.Kind, request.Request.Coordinate, request.Request.Digest, BlockTimeMs,
        Agreeing: [], Dissenting: [], Failures: Votes(request.Failures.Select(f => (f.Key, f.Value.Index))), Reason: null, ConflictsWith: null, AlsoNames: []);

    private ImmutableArray<VerdictVote> Votes(IEnumerable<(int Builder, long Index)> votes) =>
        [.. votes.OrderBy(v => v.Index).Select(v => new VerdictVote(Genesis.Builders[v.Builder].Name, Genesis.Builders[v.Builder].Organisation, v.Index))];

    private LedgerState Close(RequestState request, VerdictEntry entry)
    {
        var verdict = entry.Verdict;
        var index = Size;
        var state = (this with
        {
            Size = index + 1,
            Open = Open.Remove(request.Id),
            Deadlines = Deadlines.Remove((request.DeadlineMs, request.Id)),
        }).Remember(request.Id, new ClosedRequest(verdict.Type, index));
        if (verdict.Type != EntryType.Verified)
            return state;
        foreach (var output in entry.Outputs)
            state = state.Remember(output.Digest);
        // What was answered before this verdict is what counts for each of its names.
        return verdict.AlsoNames.Select(n => n.Coordinate).Prepend(verdict.Coordinate).Where(name => Entries.Coordinate.IsImmutable(name) && FindName(name) is null)
            .Aggregate(state, (after, name) => after.Remember(name, new NameAnswer(index, OutputsOf(name, entry.Outputs))));
    }
}
