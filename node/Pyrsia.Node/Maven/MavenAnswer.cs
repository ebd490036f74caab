using Pyrsia.Node.Artifacts;
using Pyrsia.Provenance.Entries;

namespace Pyrsia.Node.Maven;

/// <summary>What a path of the Maven repository comes to. Clients remember some answers, so each says exactly what is known.</summary>
public enum MavenResult
{
    /// <summary>It may be served: 200.</summary>
    Found,

    /// <summary>No path of a repository: 400.</summary>
    Malformed,

    /// <summary>A log that is young enough says that there is none: 404, which clients remember.</summary>
    Absent,

    /// <summary>The log has it and policy forbids it: 403, which clients do not remember.</summary>
    Refused,

    /// <summary>It cannot be said, or brought, now: 503.</summary>
    Unavailable,
}

/// <summary>The answer to a path.</summary>
/// <param name="Result">What it comes to.</param>
/// <param name="Message">Why, for a person.</param>
/// <param name="Resource">What to serve, when found.</param>
/// <param name="Note">What is to be said beside it; null for nothing.</param>
public sealed record MavenAnswer(MavenResult Result, string Message, MavenResource? Resource = null, PolicyNote? Note = null)
{
    internal static MavenAnswer Found(MavenResource resource, PolicyNote? note = null) => new(MavenResult.Found, "", resource, note);
}

/// <summary>What stands at a path.</summary>
/// <param name="Tag">SHA-256 of the bytes in hexadecimal: the entity tag.</param>
/// <param name="Size">Bytes.</param>
/// <param name="MediaType">The media type.</param>
/// <param name="Modified">The log time of what vouches for it.</param>
/// <param name="IsImmutable">Whether the path will never have other bytes.</param>
public abstract record MavenResource(string Tag, long Size, string MediaType, DateTimeOffset Modified, bool IsImmutable);

/// <summary>A file that the log vouches for; the content service brings its bytes.</summary>
/// <param name="Output">What the log says of it.</param>
/// <param name="Modified">The verdict's time.</param>
/// <param name="IsImmutable">Whether the path will never have other bytes.</param>
public sealed record MavenFile(ArtifactOutput Output, DateTimeOffset Modified, bool IsImmutable)
    : MavenResource(Output.Digest.Hex, Output.Size, Output.MediaType, Modified, IsImmutable);

/// <summary>Bytes that the node derives from verified ones: metadata and checksums.</summary>
/// <param name="Bytes">The bytes.</param>
/// <param name="MediaType">The media type.</param>
/// <param name="Modified">The newest log time that went into them.</param>
/// <param name="IsImmutable">Whether the path will never have other bytes.</param>
public sealed record MavenDocument(ReadOnlyMemory<byte> Bytes, string MediaType, DateTimeOffset Modified, bool IsImmutable)
    : MavenResource(Contracts.Digest.Of(Bytes.Span).Hex, Bytes.Length, MediaType, Modified, IsImmutable);
