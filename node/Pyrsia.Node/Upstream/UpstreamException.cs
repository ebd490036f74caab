namespace Pyrsia.Node.Upstream;

/// <summary>Why an upstream registry did not give what was asked of it.</summary>
public enum UpstreamFailure
{
    /// <summary>The registry answered and has no such image, manifest or blob.</summary>
    NotFound,

    /// <summary>The registry did not answer, or answered with an error that may pass.</summary>
    Unavailable,

    /// <summary>The registry wants credentials that no anonymous token satisfies.</summary>
    Denied,

    /// <summary>An address, scheme or redirect that the rules for upstreams forbid.</summary>
    Forbidden,

    /// <summary>The registry's bytes contradict their digest, size or media type.</summary>
    Corrupt,

    /// <summary>The image is larger than the request allows.</summary>
    LimitExceeded,
}

/// <summary>An upstream registry did not give what was asked of it.</summary>
/// <param name="failure">What kind of failure, for whoever decides what to answer.</param>
/// <param name="message">What happened, for a person.</param>
/// <param name="inner">The cause, where there is one.</param>
public sealed class UpstreamException(UpstreamFailure failure, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What kind of failure.</summary>
    public UpstreamFailure Failure { get; } = failure;
}
