using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;

namespace Pyrsia.Builds;

/// <summary>Nothing was built; the reason goes into the log.</summary>
/// <param name="reason">The class of the reason.</param>
/// <param name="message">What happened, for a person.</param>
/// <param name="inner">The cause, where there is one.</param>
public class BuildFailureException(FailureReason reason, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The class of the reason.</summary>
    public FailureReason Reason { get; } = reason;

    /// <summary>The digest of the build's log, where there is one.</summary>
    public Digest? Log { get; init; }
}
