using Pyrsia.Contracts;
using Pyrsia.Provenance.Merkle;

namespace Pyrsia.Content;

/// <summary>Names content in a way that lets every part of it be verified alone: the digest of the whole, and the root of the tree over its chunks.</summary>
/// <param name="Digest">SHA-256 of the whole content.</param>
/// <param name="Size">Length in bytes, never negative.</param>
/// <param name="ChunkSize">Bytes in every chunk but the last, a power of two.</param>
/// <param name="ChunkRoot">RFC 6962 root over the chunks, each a leaf.</param>
public sealed record ContentDescriptor(Digest Digest, long Size, int ChunkSize, TreeHash ChunkRoot)
{
    /// <summary>How many chunks there are; empty content has none.</summary>
    public int ChunkCount => checked((int)((Size + ChunkSize - 1) / ChunkSize));

    /// <summary>Length of one chunk in bytes.</summary>
    public int ChunkLength(int index) => (int)Math.Min(ChunkSize, Size - ((long)index * ChunkSize));
}
