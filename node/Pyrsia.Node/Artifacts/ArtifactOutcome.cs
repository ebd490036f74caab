using Pyrsia.Provenance.Entries;

namespace Pyrsia.Node.Artifacts;

/// <summary>What a name or digest comes to, for whoever answers a client.</summary>
public enum ArtifactResult
{
    /// <summary>Verified: it may be served.</summary>
    Found,

    /// <summary>The log has no verified entry for it.</summary>
    NotLogged,

    /// <summary>The log has one, but its proof does not satisfy the policy.</summary>
    Refused,

    /// <summary>It was built and could not be verified, and the policy does not allow it: it may be asked for again.</summary>
    NotVerified,

    /// <summary>The node's view of the log is too old to say what a tag means.</summary>
    Stale,

    /// <summary>The node has no network file, or has not seen the log yet.</summary>
    NotReady,
}

/// <summary>The answer to a name or digest.</summary>
/// <param name="Result">What it comes to.</param>
/// <param name="Message">Why, for a person.</param>
/// <param name="Output">What to serve, when found.</param>
/// <param name="Age">Age of the log view behind the answer; null when there is none.</param>
/// <param name="Note">What is to be said beside what was found; null for nothing.</param>
public sealed record ArtifactOutcome(ArtifactResult Result, string Message, ArtifactOutput? Output = null, TimeSpan? Age = null, PolicyNote? Note = null);
