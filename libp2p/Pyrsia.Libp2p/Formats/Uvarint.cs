using System.Buffers;

namespace Pyrsia.Libp2p;

/// <summary>Unsigned varint of multiformats: seven bits a byte, least significant first, minimal, at most nine bytes (63 bits).
/// https://github.com/multiformats/unsigned-varint</summary>
public static class Uvarint
{
    /// <summary>Longest encoding, in bytes.</summary>
    public const int MaxLength = 9;

    /// <summary>Reads one number from the front of <paramref name="source"/>.</summary>
    /// <returns>Done, NeedMoreData when the bytes end inside the number, InvalidData when it is too long or not minimal.</returns>
    public static OperationStatus Read(ReadOnlySpan<byte> source, out ulong value, out int consumed)
    {
        value = 0;
        consumed = 0;
        for (var i = 0; i < MaxLength; i++)
        {
            if (i >= source.Length) return OperationStatus.NeedMoreData;
            var b = source[i];
            value |= (ulong)(b & 0x7f) << (7 * i);
            if (b >= 0x80) continue;
            if (b == 0 && i > 0) return OperationStatus.InvalidData;
            consumed = i + 1;
            return OperationStatus.Done;
        }
        return OperationStatus.InvalidData;
    }

    /// <summary>Reads one complete number; false when it is cut off or malformed.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, out ulong value, out int consumed) =>
        Read(source, out value, out consumed) == OperationStatus.Done;

    /// <summary>Number of bytes that <see cref="Write"/> needs.</summary>
    public static int Length(ulong value)
    {
        var n = 1;
        for (; value >= 0x80; value >>= 7) n++;
        return n;
    }

    /// <summary>Writes the number and returns how many bytes were used.</summary>
    public static int Write(Span<byte> destination, ulong value)
    {
        var i = 0;
        for (; value >= 0x80; value >>= 7) destination[i++] = (byte)(value & 0x7f | 0x80);
        destination[i++] = (byte)value;
        return i;
    }

    internal static void Append(IBufferWriter<byte> writer, ulong value) => writer.Advance(Write(writer.GetSpan(10), value));
}
