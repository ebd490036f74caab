namespace Pyrsia.Content.Store;

/// <summary>What is wrong with content that was offered to the store or read from it.</summary>
public enum ContentFault
{
    /// <summary>The bytes do not have the digest they were offered under.</summary>
    WrongDigest,

    /// <summary>A chunk, or the list of chunk hashes, does not lead to the root that was named.</summary>
    WrongChunk,

    /// <summary>There are more bytes than allowed or named.</summary>
    TooLarge,

    /// <summary>A stored file no longer has the bytes that were verified when it was stored.</summary>
    Corrupt,

    /// <summary>The content was given up before it was whole.</summary>
    Abandoned,

    /// <summary>The data directory cannot be used by this program.</summary>
    Unusable,
}

/// <summary>Content that was refused, or stored content that was found damaged.</summary>
/// <param name="fault">What is wrong.</param>
/// <param name="message">What is wrong, for a person.</param>
/// <param name="inner">The cause, where there is one.</param>
public sealed class ContentStoreException(ContentFault fault, string message, Exception? inner = null) : IOException(message, inner)
{
    /// <summary>What is wrong.</summary>
    public ContentFault Fault { get; } = fault;
}
