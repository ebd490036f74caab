using Pyrsia.Contracts.NodeApi;

namespace Pyrsia.Node.Builds;

/// <summary>Whether a build runs or how it ended.</summary>
public enum BuildPhase
{
    /// <summary>No verdict yet.</summary>
    Running,

    /// <summary>Verified.</summary>
    Succeeded,

    /// <summary>Any other verdict.</summary>
    Failed,
}

/// <summary>Where a build stands.</summary>
/// <param name="Phase">Whether it runs or how it ended.</param>
/// <param name="Step">What an authority says of a running one.</param>
/// <param name="Quorum">Whether a quorum of authorities answers; null when nobody said.</param>
/// <param name="Success">How it ended well.</param>
/// <param name="Failure">How it ended otherwise.</param>
/// <param name="Done">How many builders have done their part of the step.</param>
/// <param name="Of">How many are waited for.</param>
public sealed record BuildState(BuildPhase Phase, string? Step, bool? Quorum, BuildSuccess? Success, string? Failure, int? Done = null, int? Of = null);
