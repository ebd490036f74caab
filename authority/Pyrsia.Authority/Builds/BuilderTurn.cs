using Pyrsia.Provenance.Ledger;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Authority.Builds;

/// <summary>
/// Whose turn it is to work on a build from source. As many as must agree work at once: k make plans, k + f build, since the log closes commitments at that number. The other
/// chosen builders are spares. A spare joins when those before it can no longer agree, because one has failed or said something else, and when those before it take longer than
/// patience lasts. The order follows from the request's id, so all builders see the same one; nothing depends on it but how much work is done twice, and no replica checks it.
/// </summary>
internal static class BuilderTurn
{
    /// <summary>
    /// How long a phase may last before the next spare joins, and again for each further one. A dead builder costs the asker so much in each phase; a slow build costs one more
    /// organisation the work of building it. Small projects are planned or built in less on a busy machine, so that spares rest, and minutes of other builds outweigh it.
    /// </summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Whether a chosen builder is to work on a request now.</summary>
    /// <param name="genesis">The network.</param>
    /// <param name="request">The request.</param>
    /// <param name="builder">The builder's index in the genesis document.</param>
    /// <param name="inPhase">How long the request has been in its phase, by this builder's clock.</param>
    internal static bool IsOn(GenesisDocument genesis, RequestState request, int builder, TimeSpan inPhase)
    {
        // What is notarized is fetched by all: each copy is one more that can be served.
        if (request.Request.Kind != ArtifactKind.Built) return true;
        var ranked = BuilderSelection.Rank(genesis, request.Id, request.Builders);
        var least = Enumerable.Range(request.Threshold, ranked.Length).First(count => count >= ranked.Length || CanAgree(genesis, request, ranked[..count]));
        var joined = Math.Min((long)(inPhase / Patience), ranked.Length);
        return ranked.Take(least + (int)joined).Contains(builder);
    }

    /// <summary>Whether these, and those who have spoken already, may still be as many of one mind as the phase needs.</summary>
    private static bool CanAgree(GenesisDocument genesis, RequestState request, IReadOnlyCollection<int> on)
    {
        var able = request.Builders.Where(i => !request.Failures.ContainsKey(i)).ToArray();
        // Commitments hide what they bind to: with f liars among k + f, k are still of one mind.
        if (request.Phase != RequestPhase.Planning) return Votes(able.Where(i => on.Contains(i) || request.Commitments.ContainsKey(i))) >= request.Threshold + genesis.FaultTolerance;
        var silent = able.Where(i => on.Contains(i) && !request.Plans.ContainsKey(i)).ToArray();
        return Votes(silent) >= request.Threshold || request.Plans.GroupBy(plan => plan.Value.Content).Any(alike => Votes(silent.Concat(alike.Select(plan => plan.Key))) >= request.Threshold);

        int Votes(IEnumerable<int> builders) => builders.Select(i => genesis.Builders[i].Organisation).Distinct(StringComparer.Ordinal).Count();
    }
}
