using System.Buffers.Binary;

namespace Pyrsia.Consensus;

/// <summary>
/// A header is a row of fixed fields:
/// <code>
/// epoch 8 | view 8 | parent 32 | parent view 8 | justification 32 | time 8 | log time 8 | first index 8 | count 4 | entries 32
/// | size after 8 | root after 32 | flag 1 [ set change 32 ]
/// </code>
/// </summary>
internal static class HeaderCodec
{
    public const int MinBytes = 189;
    public const int MaxBytes = MinBytes + Hash256.Size;

    /// <summary>Times are Unix milliseconds before the year 10000, so that no sum overflows.</summary>
    private const ulong MaxTimeMs = 253_402_300_799_999;

    /// <summary>Log sizes stay below 2^60.</summary>
    private const ulong MaxLogSize = 1UL << 60;

    public static int Write(Span<byte> to, BlockHeader header)
    {
        BinaryPrimitives.WriteUInt64BigEndian(to, header.Epoch.Number);
        BinaryPrimitives.WriteUInt64BigEndian(to[8..], header.View.Number);
        header.ParentHash.CopyTo(to[16..]);
        BinaryPrimitives.WriteUInt64BigEndian(to[48..], header.ParentView.Number);
        header.JustificationHash.CopyTo(to[56..]);
        BinaryPrimitives.WriteInt64BigEndian(to[88..], header.TimeMs);
        BinaryPrimitives.WriteInt64BigEndian(to[96..], header.LogTimeMs);
        BinaryPrimitives.WriteUInt64BigEndian(to[104..], header.FirstIndex);
        BinaryPrimitives.WriteInt32BigEndian(to[112..], header.Count);
        header.EntriesHash.CopyTo(to[116..]);
        BinaryPrimitives.WriteUInt64BigEndian(to[148..], header.SizeAfter);
        header.RootAfter.CopyTo(to[156..]);
        to[188] = header.SetChange.IsZero ? (byte)0 : (byte)1;
        if (header.SetChange.IsZero) return MinBytes;
        header.SetChange.CopyTo(to[189..]);
        return MaxBytes;
    }

    public static void Write(WireWriter to, BlockHeader header)
    {
        Span<byte> bytes = stackalloc byte[MaxBytes];
        to.Bytes(bytes[..Write(bytes, header)]);
    }

    public static BlockHeader Read(ref WireReader from)
    {
        var header = new BlockHeader(
            from.Epoch(),
            from.View(),
            from.Hash(),
            from.View(),
            from.Hash(),
            (long)from.UInt64(MaxTimeMs),
            (long)from.UInt64(MaxTimeMs),
            from.UInt64(MaxLogSize),
            from.Count(ConsensusLimits.MaxBlockEntries, 0),
            from.Hash(),
            from.UInt64(MaxLogSize),
            from.Hash(),
            default);
        if (!from.Flag()) return header;
        var setChange = from.Hash();
        if (setChange.IsZero) from.Fail();
        return header with { SetChange = setChange };
    }
}
