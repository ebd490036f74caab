using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Provenance.Attestations;

/// <summary>One builder's work on one request: what every result says of how it came about.</summary>
/// <param name="ChainId">The network.</param>
/// <param name="Request">The request that it answers.</param>
/// <param name="Attempt">The attempt, from 1.</param>
/// <param name="Origin">The log's name, which is part of the builder's id.</param>
/// <param name="Builder">The builder's name.</param>
/// <param name="Version">The version of the program that did it.</param>
/// <param name="StartedOn">When it began.</param>
/// <param name="FinishedOn">When it ended.</param>
public sealed record BuildRun(
    ChainId ChainId, RequestId Request, int Attempt, string Origin, string Builder, string Version, DateTimeOffset StartedOn, DateTimeOffset FinishedOn)
{
    /// <summary>The builder's id: a URI that is unique to the network.</summary>
    public string BuilderId => $"pyrsia://{Origin}/builders/{Builder}";

    internal string InvocationId => FormattableString.Invariant($"{Request}/{Attempt}");
}
