using System.Text;

namespace Pyrsia.Builds.Outputs;

/// <summary>
/// One header block of a tar, numbers in octal text.
/// <code>
/// 0 name 100 | 100 mode 8 | 108 uid 8 | 116 gid 8 | 124 size 12 | 136 mtime 12 | 148 checksum 8 | 156 type 1 | 157 link name 100
/// 257 magic 6 | 263 version 2 | 265 user name 32 | 297 group name 32 | 329 major 8 | 337 minor 8 | 345 prefix 155
/// </code>
/// </summary>
/// <param name="Name">Name, with the prefix.</param>
/// <param name="LinkName">What a link leads to.</param>
/// <param name="Type">Kind of entry.</param>
/// <param name="Size">Bytes that follow, before padding.</param>
/// <param name="IsExecutable">Whether the owner may run it.</param>
/// <param name="Seconds">Its time, in seconds since 1970; -1 where that is no number.</param>
/// <seealso href="https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06"/>
internal sealed record TarHeader(byte[] Name, byte[] LinkName, char Type, long Size, bool IsExecutable, long Seconds)
{
    /// <summary>Length of a block in bytes; content is padded to it.</summary>
    internal const int BlockLength = 512;

    internal const int ChecksumOffset = 148;
    internal const int ChecksumLength = 8;

    private const int OwnerExecute = 0x40;

    /// <summary>Reads a block that is not all zero; null when it is no header.</summary>
    internal static TarHeader? Read(ReadOnlySpan<byte> block)
    {
        var posix = block[257..].StartsWith("ustar\0"u8);
        if (!posix && !block[257..].StartsWith("ustar "u8)) return null;
        if (!TryNumber(block.Slice(ChecksumOffset, ChecksumLength), out var checksum) || checksum != Checksum(block)) return null;
        if (!TryNumber(block.Slice(100, 8), out var mode) || !TryNumber(block.Slice(124, 12), out var size)) return null;
        var name = Field(block[..100]);
        // Only POSIX has a prefix; GNU keeps times there.
        var prefix = posix ? Field(block.Slice(345, 155)) : [];
        return new TarHeader(
            prefix.Length == 0 ? name.ToArray() : [.. prefix, (byte)'/', .. name], Field(block.Slice(157, 100)).ToArray(), block[156] == 0 ? '0' : (char)block[156], size, (mode & OwnerExecute) != 0,
            TryNumber(block.Slice(136, 12), out var seconds) ? seconds : -1);
    }

    /// <summary>Writes a header in POSIX form that says nothing of who, where and when.</summary>
    /// <param name="block">Takes it.</param>
    /// <param name="name">At most 100 bytes of UTF-8.</param>
    /// <param name="linkName">At most 100 bytes.</param>
    /// <param name="type">Kind of entry.</param>
    /// <param name="mode">Permissions.</param>
    /// <param name="size">Size, below 8 GiB.</param>
    /// <param name="seconds">Time, in seconds since 1970.</param>
    internal static void Write(Span<byte> block, ReadOnlySpan<byte> name, ReadOnlySpan<byte> linkName, char type, int mode, long size, long seconds)
    {
        block.Clear();
        name.CopyTo(block[..100]);
        Octal(block.Slice(100, 8), mode);
        Octal(block.Slice(108, 8), 0);
        Octal(block.Slice(116, 8), 0);
        Octal(block.Slice(124, 12), size);
        Octal(block.Slice(136, 12), seconds);
        block[156] = (byte)type;
        linkName.CopyTo(block.Slice(157, 100));
        "ustar\0"u8.CopyTo(block[257..]);
        "00"u8.CopyTo(block[263..]);
        Octal(block.Slice(329, 8), 0);
        Octal(block.Slice(337, 8), 0);
        Octal(block.Slice(ChecksumOffset, ChecksumLength - 1), Checksum(block));
        block[ChecksumOffset + ChecksumLength - 1] = (byte)' ';
    }

    /// <summary>The sum of a block's bytes, its own field taken as spaces.</summary>
    internal static long Checksum(ReadOnlySpan<byte> block)
    {
        var sum = 0;
        for (var i = 0; i < BlockLength; i++) sum += i is >= ChecksumOffset and < ChecksumOffset + ChecksumLength ? ' ' : block[i];
        return sum;
    }

    private static ReadOnlySpan<byte> Field(ReadOnlySpan<byte> field) => field.IndexOf((byte)0) is var end and >= 0 ? field[..end] : field;

    /// <summary>Octal digits. GNU's binary form is only used for what is larger than anything that is taken.</summary>
    private static bool TryNumber(ReadOnlySpan<byte> field, out long value)
    {
        value = long.MaxValue;
        return (field[0] & 0x80) != 0 || TryOctal(field, out value);
    }

    /// <summary>Octal digits, with spaces before and a space or NUL behind.</summary>
    internal static bool TryOctal(ReadOnlySpan<byte> field, out long value)
    {
        value = 0;
        var digits = Encoding.Latin1.GetString(field).TrimEnd(' ', '\0').TrimStart(' ');
        foreach (var digit in digits)
        {
            if (digit is < '0' or > '7') return false;
            value = (value << 3) | (long)(digit - '0');
        }
        return digits.Length > 0;
    }

    /// <summary>Writes a number, with zeros before it and NUL behind.</summary>
    internal static void Octal(Span<byte> field, long value)
    {
        field[^1] = 0;
        for (var i = field.Length - 2; i >= 0; i--, value >>= 3) field[i] = (byte)('0' + (value & 7));
        ArgumentOutOfRangeException.ThrowIfNotEqual(value, 0);
    }
}
