using System.Buffers.Binary;
using System.Text;

namespace Pyrsia.Fuzz;

/// <summary>Turns valid encodings into slightly wrong ones.</summary>
internal sealed class Mutator(Random random, IReadOnlyList<byte[]> corpus)
{
    /// <summary>Longest input in bytes: above every limit of a message, so that limits are crossed too.</summary>
    public const int MaxInput = 80 * 1024;

    /// <summary>Most changes of one input. More leave nothing of the encoding that gets past the first check.</summary>
    private const int MaxChanges = 5;

    /// <summary>Longest piece that is inserted, copied or repeated, in bytes.</summary>
    private const int MaxPiece = 64;

    private static readonly byte[] Bytes = [0x00, 0x01, 0x7f, 0x80, 0xff];

    /// <summary>Numbers at which sums, sign bits and sizes turn over.</summary>
    private static readonly long[] Numbers =
    [
        0, 1, -1, 127, 128, 255, 256, short.MaxValue, ushort.MaxValue, 65_536, int.MaxValue, int.MinValue, uint.MaxValue, 1L << 32, 1L << 53, long.MaxValue - 1, long.MaxValue, long.MinValue,
    ];

    /// <summary>Words that text formats stumble over.</summary>
    private static readonly byte[][] Words =
    [
        .. new[]
        {
            "\0", "\n", "\r\n", "\n\n", " ", "\t", "/", "//", ":", "@", "+", "-", "=", ".", "%", "x", "0", "-0", "00", "1e9", "9223372036854775807", "9223372036854775808", "18446744073709551616",
            "null", "true", "{}", "[]", "\"\"", "\\u0000", "\\ud800", "\\uDFFF", "\"\\ud800\":1,", "\\/", "\u00e9", "\u2014", "\ud83d\ude00", "\u212a", "\u0661", "\ufeff", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
        }.Select(Encoding.UTF8.GetBytes),
        [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
    ];

    /// <summary>One input.</summary>
    public byte[] Next()
    {
        var input = new List<byte>(Pick(corpus));
        for (var changes = random.Next(1, MaxChanges + 1); changes > 0; changes--) Change(input);
        if (input.Count > MaxInput) input.RemoveRange(MaxInput, input.Count - MaxInput);
        return [.. input];
    }

    private void Change(List<byte> input)
    {
        switch (random.Next(12))
        {
            case 0 when input.Count > 0:
                input[random.Next(input.Count)] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when input.Count > 0:
                input[random.Next(input.Count)] = Pick(Bytes);
                break;
            case 2 when input.Count > 0:
                input[random.Next(input.Count)] = (byte)random.Next(256);
                break;
            case 3 when input.Count > 0:
                var at = random.Next(input.Count);
                input[at] = unchecked((byte)(input[at] + random.Next(-4, 5)));
                break;
            case 4:
                Overwrite(input);
                break;
            case 5:
                input.InsertRange(random.Next(input.Count + 1), RandomBytes(random.Next(1, MaxPiece)));
                break;
            case 6:
                var (start, count) = Piece(input);
                input.RemoveRange(start, count);
                break;
            case 7:
                var (from, length) = Piece(input);
                input.InsertRange(random.Next(input.Count + 1), input.GetRange(from, length));
                break;
            case 8:
                Splice(input);
                break;
            case 9:
                var kept = random.Next(input.Count + 1);
                input.RemoveRange(kept, input.Count - kept);
                break;
            case 10:
                Repeat(input);
                break;
            default:
                input.InsertRange(random.Next(input.Count + 1), Pick(Words));
                break;
        }
    }

    /// <summary>Writes a number of 1, 2, 4 or 8 bytes in either order, as length fields have them.</summary>
    private void Overwrite(List<byte> input)
    {
        var size = 1 << random.Next(4);
        if (input.Count < size) return;
        var at = random.Next(input.Count - size + 1);
        Span<byte> number = stackalloc byte[8];
        var value = Pick(Numbers);
        if (random.Next(2) == 0) BinaryPrimitives.WriteInt64BigEndian(number, size == 8 ? value : value << (64 - (8 * size)));
        else BinaryPrimitives.WriteInt64LittleEndian(number, value);
        for (var i = 0; i < size; i++) input[at + i] = number[i];
    }

    private void Splice(List<byte> input)
    {
        var other = Pick(corpus);
        var kept = random.Next(input.Count + 1);
        input.RemoveRange(kept, input.Count - kept);
        input.AddRange(other[random.Next(other.Length + 1)..]);
    }

    private void Repeat(List<byte> input)
    {
        var (start, count) = Piece(input);
        if (count == 0) return;
        var piece = input.GetRange(start, count);
        var times = random.Next(64) == 0 ? MaxInput / count : random.Next(1, 40);
        input.InsertRange(start, Enumerable.Repeat(piece, times).SelectMany(p => p).ToArray());
    }

    private (int Start, int Count) Piece(List<byte> input)
    {
        if (input.Count == 0) return (0, 0);
        var start = random.Next(input.Count);
        return (start, random.Next(1, Math.Min(MaxPiece, input.Count - start) + 1));
    }

    private byte[] RandomBytes(int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private T Pick<T>(IReadOnlyList<T> from) => from[random.Next(from.Count)];
}
