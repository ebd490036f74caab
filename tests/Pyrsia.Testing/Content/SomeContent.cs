using Pyrsia.Content;
using Pyrsia.Content.Store;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Merkle;

namespace Pyrsia.Testing.Content;

/// <summary>Seeded bytes with everything that names them.</summary>
public sealed class SomeContent
{
    /// <summary>Makes content of a length, the same for the same seed.</summary>
    public SomeContent(int length, int seed = 1, int chunkSize = ContentStore.DefaultChunkSize)
    {
        Bytes = new byte[length];
        new Random(seed).NextBytes(Bytes);
        Leaves = [.. Bytes.Chunk(chunkSize).Select(chunk => Rfc6962.HashLeaf(chunk))];
        Descriptor = new ContentDescriptor(Digest.Of(Bytes), length, chunkSize, Rfc6962.RootOf(Leaves));
    }

    /// <summary>The bytes.</summary>
    public byte[] Bytes { get; }

    /// <summary>The hashes of the chunks.</summary>
    public TreeHash[] Leaves { get; }

    /// <summary>What names the bytes.</summary>
    public ContentDescriptor Descriptor { get; }

    /// <summary>One chunk.</summary>
    public ReadOnlySpan<byte> Chunk(int index) => Bytes.AsSpan(index * Descriptor.ChunkSize, Descriptor.ChunkLength(index));
}
