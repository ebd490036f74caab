using Pyrsia.Contracts;
using Pyrsia.Node.Log;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Ledger;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Authority.Workers;

/// <summary>What a worker is told: the request as its asker signed it and, to build, the plan as it stands in the log.</summary>
/// <param name="Key">Which job it is.</param>
/// <param name="Position">Where the request stands in the log.</param>
/// <param name="GoesFirst">Whether it is done before others.</param>
/// <param name="BuilderImage">What it is built in: only a worker that has it takes the job.</param>
/// <param name="Request">The leaf of the request.</param>
/// <param name="Plan">The leaf of the agreed plan; null while there is none.</param>
/// <param name="PlanPayload">The plan's payload, where the leaf only names it.</param>
internal sealed record BuildJob(JobKey Key, long Position, bool GoesFirst, Digest BuilderImage, byte[] Request, byte[]? Plan, byte[]? PlanPayload)
{
    /// <summary>The job of an open request in its present phase.</summary>
    /// <exception cref="LogStoreException">The log has not the request yet, or not the plan.</exception>
    internal static BuildJob Of(RequestState request, LogStore log, bool goesFirst)
    {
        var (plan, payload) = request is { Phase: RequestPhase.Committing, Plan: { } agreed } ? FindPlan(request, agreed, log) : default;
        return new BuildJob(
            new JobKey(request.Id, request.Attempt, request.Phase), request.Index, goesFirst, request.Request.Specification!.BuilderImage, log.ReadLeaf(request.Index).ToArray(), plan, payload);
    }

    /// <summary>The request that a job is about, as far as building needs to know it.</summary>
    /// <exception cref="FormatException">The job is not of this network, or not what was signed.</exception>
    internal RequestState Open(ChainId chain)
    {
        if (!LogEntry.TryParse(Request, out var entry, out var error) || entry is not SignedEntry { Body: BuildRequest asked } signed) throw new FormatException($"The job has no request: {error}");
        if (!signed.VerifySignature() || new RequestId(signed.PayloadDigest) != Key.Request) throw new FormatException("The job's request is not the one that was signed.");
        if (asked.ChainId != chain) throw new FormatException($"The job is of network {asked.ChainId}, and this worker is of {chain}: give it its authority's network file.");
        if (asked.Specification is null) throw new FormatException("The job's request is for nothing that is built.");
        return new RequestState
        {
            Id = Key.Request,
            Request = asked,
            Index = Position,
            OpenedMs = 0,
            Threshold = asked.Threshold,
            Builders = [],
            Attempt = Key.Attempt,
            Phase = Key.Phase,
            DeadlineMs = long.MaxValue,
            Plan = Key.Phase == RequestPhase.Planning ? null : OpenPlan(),
        };
    }

    private static (byte[] Leaf, byte[]? Payload) FindPlan(RequestState request, BuildPlan agreed, LogStore log)
    {
        var leaf = log.ReadLeaf(request.Plans.Values.First(plan => plan.Content == agreed.Content).Index).ToArray();
        if (!LogEntry.TryParse(leaf, out var entry, out _) || entry is not SignedEntry plan) throw new LogStoreException("The agreed plan is not where the ledger says.");
        return (leaf, plan.IsPayloadInline ? null : log.ReadPayload(plan.PayloadDigest) ?? throw new LogStoreException("The agreed plan is not here yet."));
    }

    private BuildPlan OpenPlan()
    {
        if (Plan is null || !LogEntry.TryParse(Plan, out var entry, out _) || entry is not SignedEntry signed) throw new FormatException("The job has no plan.");
        if (PlanPayload is not null && !signed.TryAttach(PlanPayload, out signed!, out var error)) throw new FormatException($"The job's plan: {error}");
        return signed.VerifySignature() && signed.Body is BuildPlan plan && plan.Request == Key.Request ? plan : throw new FormatException("The job's plan is not the one that was signed.");
    }
}
