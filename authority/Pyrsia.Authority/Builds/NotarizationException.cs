using Pyrsia.Builds;
using Pyrsia.Content.Store;
using Pyrsia.Node.Upstream;
using Pyrsia.Provenance.Entries;

namespace Pyrsia.Authority.Builds;

/// <summary>An artifact could not be notarized; the reason goes into the log.</summary>
/// <param name="reason">The class of the reason.</param>
/// <param name="message">What happened.</param>
/// <param name="inner">The cause, where there is one.</param>
internal sealed class NotarizationException(FailureReason reason, string message, Exception? inner = null) : BuildFailureException(reason, message, inner)
{
    /// <summary>What a failure of the upstream means for the request.</summary>
    internal static NotarizationException Of(UpstreamException e) => new(e.Failure switch
    {
        UpstreamFailure.NotFound => FailureReason.UnknownImage,
        UpstreamFailure.Denied or UpstreamFailure.Forbidden => FailureReason.Denied,
        UpstreamFailure.LimitExceeded => FailureReason.LimitExceeded,
        UpstreamFailure.Unavailable or UpstreamFailure.Corrupt => FailureReason.UpstreamUnavailable,
        _ => FailureReason.Internal,
    }, e.Message, e);

    /// <summary>What a refusal of the store means for the request: too many bytes, or others than the upstream said.</summary>
    internal static NotarizationException Of(ContentStoreException e) => new(e.Fault == ContentFault.TooLarge ? FailureReason.LimitExceeded : FailureReason.UpstreamUnavailable, e.Message, e);
}
