using System.Buffers.Binary;
using Pyrsia.Provenance.Chunks;
using Pyrsia.Provenance.Merkle;

namespace Pyrsia.Content.Store;

/// <summary>The chunk hashes of one piece of content, as a file beside it and as a peer sends them.</summary>
/// <remarks>
/// <code>
/// 0        4            8          16
/// | "PYC1" | chunk size | size     | 32-byte leaf hashes ...   (big endian)
/// </code>
/// Nothing in it is believed: whoever reads it compares the root over the leaves with a root from the log, or with the content.
/// </remarks>
public static class ChunkLeaves
{
    /// <summary>Bytes before the first leaf.</summary>
    public const int HeaderLength = 16;

    private static ReadOnlySpan<byte> Magic => "PYC1"u8;

    /// <summary>Writes the file form.</summary>
    public static byte[] Encode(long size, int chunkSize, ReadOnlySpan<TreeHash> leaves)
    {
        var bytes = new byte[HeaderLength + (leaves.Length * TreeHash.Size)];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(4), chunkSize);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(8), size);
        for (var i = 0; i < leaves.Length; i++) leaves[i].CopyTo(bytes.AsSpan(HeaderLength + (i * TreeHash.Size)));
        return bytes;
    }

    /// <summary>Reads the file form; false when it is damaged or of another shape than its header says.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, out long size, out int chunkSize, out TreeHash[] leaves)
    {
        (size, chunkSize, leaves) = (0, 0, []);
        if (bytes.Length < HeaderLength || !bytes[..4].SequenceEqual(Magic)) return false;
        chunkSize = BinaryPrimitives.ReadInt32BigEndian(bytes[4..]);
        size = BinaryPrimitives.ReadInt64BigEndian(bytes[8..]);
        if (!ChunkLayout.TryCreate(size, chunkSize, out var layout)) return false;
        var count = layout.Count;
        if (bytes.Length != HeaderLength + (count * TreeHash.Size)) return false;
        leaves = new TreeHash[count];
        for (var i = 0; i < count; i++) leaves[i] = new TreeHash(bytes.Slice(HeaderLength + (i * TreeHash.Size), TreeHash.Size));
        return true;
    }

    /// <summary>Whether these leaves are the ones that the descriptor's root stands for.</summary>
    public static bool Match(ContentDescriptor descriptor, ReadOnlySpan<TreeHash> leaves) =>
        leaves.Length == descriptor.ChunkCount && Rfc6962.RootOf(leaves) == descriptor.ChunkRoot;
}
