using Pyrsia.Provenance.Entries;

namespace Pyrsia.Authority.Builds;

/// <summary>An image could not be notarized; the reason goes into the log.</summary>
/// <param name="reason">The class of the reason.</param>
/// <param name="message">What happened.</param>
/// <param name="inner">The cause, where there is one.</param>
internal sealed class NotarizationException(FailureReason reason, string message, Exception? inner = null) : Exception(message, inner)
{
    internal FailureReason Reason { get; } = reason;
}
