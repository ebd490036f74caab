namespace Pyrsia.Contracts;

/// <summary>What names a piece of content: its digest, its size in bytes and its media type (OCI image specification, descriptor).</summary>
/// <param name="MediaType">The IANA media type, as written in the manifest that refers to the content.</param>
/// <param name="Digest">SHA-256 of the content.</param>
/// <param name="Size">Length of the content in bytes, never negative.</param>
public sealed record Descriptor(string MediaType, Digest Digest, long Size);
