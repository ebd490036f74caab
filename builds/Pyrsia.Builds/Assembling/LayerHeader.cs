using System.Text;
using Pyrsia.Builds.Outputs;

namespace Pyrsia.Builds.Assembling;

/// <summary>The header block of an entry of a layer, with owner and device numbers; <see cref="TarHeader"/> has the picture of it.</summary>
/// <param name="Name">Name, with the prefix, as bytes.</param>
/// <param name="LinkName">What a link leads to, as bytes.</param>
/// <param name="Type">The letter of its kind.</param>
/// <param name="Mode">Permissions.</param>
/// <param name="UserId">Owner.</param>
/// <param name="GroupId">Group.</param>
/// <param name="Seconds">Time in seconds since 1970.</param>
/// <param name="Size">Bytes of content.</param>
/// <param name="Major">A device's number.</param>
/// <param name="Minor">A device's number.</param>
internal sealed record LayerHeader(string Name, string LinkName, char Type, int Mode, long UserId, long GroupId, long Seconds, long Size, long Major, long Minor)
{
    /// <summary>Most bytes of a name in a header.</summary>
    internal const int MaxName = 100;

    /// <summary>Largest number in a field of eight bytes.</summary>
    internal const long MaxShort = (1L << 21) - 1;

    /// <summary>Largest number in a field of twelve bytes.</summary>
    internal const long MaxLong = (1L << 33) - 1;

    private const int ModeBits = 0xfff; // 07777

    /// <summary>Reads a block that is not all zero; null when it is no header.</summary>
    internal static LayerHeader? Read(ReadOnlySpan<byte> block)
    {
        var posix = block[257..].StartsWith("ustar\0"u8);
        var gnu = block[257..].StartsWith("ustar "u8);
        if (!TarHeader.TryOctal(block.Slice(TarHeader.ChecksumOffset, TarHeader.ChecksumLength), out var checksum) || checksum != TarHeader.Checksum(block)) return null;
        if (!TryNumber(block.Slice(100, 8), out var mode) || !TryNumber(block.Slice(108, 8), out var user) || !TryNumber(block.Slice(116, 8), out var group)) return null;
        if (!TryNumber(block.Slice(124, 12), out var size) || !TryNumber(block.Slice(136, 12), out var seconds)) return null;
        if (!TryNumber(block.Slice(329, 8), out var major) || !TryNumber(block.Slice(337, 8), out var minor)) return null;
        var name = Text(block[..100]);
        // Only POSIX has a prefix; GNU keeps times there.
        var prefix = posix ? Text(block.Slice(345, 155)) : "";
        if (!posix && !gnu && block.Slice(257, 8).ContainsAnyExcept((byte)0)) return null;
        return new LayerHeader(
            prefix.Length == 0 ? name : $"{prefix}/{name}", Text(block.Slice(157, 100)), block[156] == 0 ? '0' : (char)block[156], (int)(mode & ModeBits), user, group, seconds, size, major, minor);
    }

    /// <summary>Writes it in POSIX form without names of owners. Every number and text fits its field.</summary>
    internal void Write(Span<byte> block)
    {
        block.Clear();
        Encoding.Latin1.GetBytes(Name, block[..MaxName]);
        TarHeader.Octal(block.Slice(100, 8), Mode);
        TarHeader.Octal(block.Slice(108, 8), UserId);
        TarHeader.Octal(block.Slice(116, 8), GroupId);
        TarHeader.Octal(block.Slice(124, 12), Size);
        TarHeader.Octal(block.Slice(136, 12), Seconds);
        block[156] = (byte)Type;
        Encoding.Latin1.GetBytes(LinkName, block.Slice(157, MaxName));
        "ustar\0"u8.CopyTo(block[257..]);
        "00"u8.CopyTo(block[263..]);
        TarHeader.Octal(block.Slice(329, 8), Major);
        TarHeader.Octal(block.Slice(337, 8), Minor);
        TarHeader.Octal(block.Slice(TarHeader.ChecksumOffset, TarHeader.ChecksumLength - 1), TarHeader.Checksum(block));
        block[TarHeader.ChecksumOffset + TarHeader.ChecksumLength - 1] = (byte)' ';
    }

    private static string Text(ReadOnlySpan<byte> field) => Encoding.Latin1.GetString(field.IndexOf((byte)0) is var end and >= 0 ? field[..end] : field);

    /// <summary>Octal digits, none of them for 0, or GNU's big-endian binary form, whose first byte is 0x80 (0xff for a negative number, such as a time before 1970).</summary>
    private static bool TryNumber(ReadOnlySpan<byte> field, out long value)
    {
        value = 0;
        if (!field.ContainsAnyExcept((byte)0, (byte)' ')) return true;
        if ((field[0] & 0x80) == 0) return TarHeader.TryOctal(field, out value);
        value = field[0] == 0xff ? -1 : field[0] & 0x7f;
        foreach (var next in field[1..])
        {
            if (value is > (long.MaxValue >> 8) or < (long.MinValue >> 8)) return false;
            value = (value << 8) | next;
        }
        return true;
    }
}
