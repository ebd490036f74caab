using System.Buffers.Binary;

namespace Pyrsia.Provenance.Merkle;

/// <summary>
/// Up to 256 log entries, each as a 16-bit big-endian length and its bytes (C2SP tlog-tiles, "log entries").
/// </summary>
public static class EntryBundle
{
    /// <summary>The longest entry that a 16-bit length can name, in bytes.</summary>
    public const int MaxEntryBytes = ushort.MaxValue;

    /// <summary>The longest bundle: 256 entries of the longest kind, in bytes.</summary>
    public const int MaxBytes = TilePath.FullWidth * (2 + MaxEntryBytes);

    /// <summary>Encodes a bundle.</summary>
    /// <exception cref="ArgumentException">More than 256 entries, or one longer than 65,535 bytes.</exception>
    public static byte[] Encode(IReadOnlyList<ReadOnlyMemory<byte>> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        if (entries.Count > TilePath.FullWidth || entries.Any(e => e.Length > MaxEntryBytes))
            throw new ArgumentException("a bundle holds at most 256 entries of at most 65,535 bytes", nameof(entries));
        var bytes = new byte[entries.Sum(e => 2 + e.Length)];
        var at = 0;
        foreach (var entry in entries)
        {
            BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(at), (ushort)entry.Length);
            entry.Span.CopyTo(bytes.AsSpan(at + 2));
            at += 2 + entry.Length;
        }

        return bytes;
    }

    /// <summary>Decodes a bundle that must hold exactly <paramref name="width"/> entries and not a byte more.</summary>
    public static bool TryDecode(ReadOnlyMemory<byte> bytes, int width, out ReadOnlyMemory<byte>[] entries)
    {
        entries = [];
        if (width is < 1 or > TilePath.FullWidth)
            return false;
        var found = new ReadOnlyMemory<byte>[width];
        for (var i = 0; i < width; i++)
        {
            if (bytes.Length < 2)
                return false;
            var length = BinaryPrimitives.ReadUInt16BigEndian(bytes.Span);
            if (bytes.Length - 2 < length)
                return false;
            found[i] = bytes.Slice(2, length);
            bytes = bytes[(2 + length)..];
        }

        if (!bytes.IsEmpty)
            return false;
        entries = found;
        return true;
    }
}
