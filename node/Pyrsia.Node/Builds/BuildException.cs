namespace Pyrsia.Node.Builds;

/// <summary>Why a build request was not taken.</summary>
public enum BuildRefusal
{
    /// <summary>The reference is malformed, or the request breaks a rule.</summary>
    Invalid,

    /// <summary>The upstream has no such artifact.</summary>
    NotFound,

    /// <summary>The upstream cannot be reached, or does not give the artifact.</summary>
    Upstream,

    /// <summary>No authority answers.</summary>
    NoAuthority,

    /// <summary>This process has no network file.</summary>
    NoNetwork,

    /// <summary>A mapping says that it is built from another source.</summary>
    OtherSource,

    /// <summary>Too few authorities have a builder image in common.</summary>
    NoBuilder,

    /// <summary>Too many requests are open, of this asker or in all, or came from this peer or address in a short time.</summary>
    TooMany,

    /// <summary>The authority takes no requests of this asker.</summary>
    NotAllowed,

    /// <summary>Somebody else asked for it.</summary>
    NotTheAsker,

    /// <summary>The request has its verdict.</summary>
    Decided,

    /// <summary>Nobody knows the request.</summary>
    Unknown,
}

/// <summary>A build request was not taken.</summary>
/// <param name="refusal">Why, for whoever decides what to answer.</param>
/// <param name="message">Why, for a person.</param>
/// <param name="inner">The cause, where there is one.</param>
public sealed class BuildException(BuildRefusal refusal, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What to do about it; null where the refusal says that already.</summary>
    public string? Advice { get; init; }

    /// <summary>Why.</summary>
    public BuildRefusal Refusal { get; } = refusal;
}
