using System.Buffers.Binary;
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

    /// <summary>Most chunks of one piece of content: 1 Mi, which with the usual 256 KiB allows 256 GiB and bounds the list to 32 MiB.</summary>
    public const int MaxChunks = 1 << 20;

    /// <summary>Smallest chunk in bytes, so that the list stays below one hundredth of the content.</summary>
    public const int MinChunkSize = 4 * 1024;

    /// <summary>Largest chunk in bytes, which bounds what an unverified chunk can take of memory.</summary>
    public const int MaxChunkSize = 4 * 1024 * 1024;

    private static ReadOnlySpan<byte> Magic => "PYC1"u8;

    /// <summary>Whether content of this size may be cut into chunks of this size.</summary>
    public static bool IsValidShape(long size, int chunkSize) =>
        size >= 0 && chunkSize is >= MinChunkSize and <= MaxChunkSize && int.IsPow2(chunkSize) && (size + chunkSize - 1) / chunkSize <= MaxChunks;

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
        if (!IsValidShape(size, chunkSize)) return false;
        var count = (int)((size + chunkSize - 1) / chunkSize);
        if (bytes.Length != HeaderLength + (count * TreeHash.Size)) return false;
        leaves = new TreeHash[count];
        for (var i = 0; i < count; i++) leaves[i] = new TreeHash(bytes.Slice(HeaderLength + (i * TreeHash.Size), TreeHash.Size));
        return true;
    }

    /// <summary>Whether these leaves are the ones that the descriptor's root stands for.</summary>
    public static bool Match(ContentDescriptor descriptor, ReadOnlySpan<TreeHash> leaves) =>
        leaves.Length == descriptor.ChunkCount && Rfc6962.RootOf(leaves) == descriptor.ChunkRoot;
}
