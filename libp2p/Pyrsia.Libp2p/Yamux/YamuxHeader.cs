using System.Buffers.Binary;

namespace Pyrsia.Libp2p;

/// <summary>Twelve bytes in front of every yamux frame, big-endian:
/// <code>
/// | version 1 | type 1 | flags 2 | stream id 4 | length 4 |
/// </code>
/// Length is the size of the payload for Data, the window delta, the ping value or the go-away code otherwise.
/// https://github.com/libp2p/specs/blob/master/yamux/README.md</summary>
internal readonly record struct YamuxHeader(YamuxType Type, YamuxFlags Flags, uint StreamId, uint Length)
{
    public const int Size = 12;
    private const byte Version = 0;
    private const YamuxFlags Known = YamuxFlags.Syn | YamuxFlags.Ack | YamuxFlags.Fin | YamuxFlags.Rst;

    /// <summary>Decodes; false for another version, type or flag than the specification knows.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, out YamuxHeader header)
    {
        header = default;
        if (source.Length < Size || source[0] != Version || source[1] > (byte)YamuxType.GoAway) return false;
        var flags = (YamuxFlags)BinaryPrimitives.ReadUInt16BigEndian(source[2..]);
        if ((flags & ~Known) != 0) return false;
        header = new YamuxHeader(
            (YamuxType)source[1], flags, BinaryPrimitives.ReadUInt32BigEndian(source[4..]), BinaryPrimitives.ReadUInt32BigEndian(source[8..]));
        return true;
    }

    public void Write(Span<byte> destination)
    {
        destination[0] = Version;
        destination[1] = (byte)Type;
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)Flags);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], StreamId);
        BinaryPrimitives.WriteUInt32BigEndian(destination[8..], Length);
    }
}
