using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Pyrsia.Libp2p;

/// <summary>The part of DNS that a TXT look-up needs, as a value. Participants: a stub that asks for recursion, and a resolver.
/// Rules: an answer repeats identifier and question; a name may point backwards; an alias in the answer is followed. Deviations: no EDNS, so an answer over UDP has 512 bytes
/// and a longer one comes over TCP; other records are passed over. Limits: <see cref="MaxRecords"/>, <see cref="MaxAliases"/>, names of 255 bytes, pointers that only go back.
/// https://www.rfc-editor.org/rfc/rfc1035#section-4</summary>
/// <remarks><code>
/// 0    2       4         6         8            10           12
/// | id | flags | QDCOUNT | ANCOUNT | NSCOUNT    | ARCOUNT    | question | answers ...    (big endian)
/// </code></remarks>
internal static class DnsMessage
{
    /// <summary>Longest message: what the two-byte length of TCP can say.</summary>
    public const int MaxLength = ushort.MaxValue;

    /// <summary>Records of one answer that are looked at.</summary>
    public const int MaxRecords = 256;

    /// <summary>Aliases that are followed within one answer.</summary>
    public const int MaxAliases = 8;

    private const int HeaderLength = 12;
    private const int MaxNameLength = 255;
    private const int MaxLabelLength = 63;
    private const ushort TypeAlias = 5;
    private const ushort TypeText = 16;
    private const ushort ClassInternet = 1;
    private const ushort FlagResponse = 0x8000;
    private const ushort FlagTruncated = 0x0200;
    private const ushort FlagRecursionDesired = 0x0100;
    private const ushort MaskOpcode = 0x7800;
    private const ushort MaskResult = 0x000f;
    private const ushort ResultNoSuchName = 3;

    /// <summary>Writes the question for the TXT records of a name.</summary>
    /// <returns>False when the text is no name that DNS can carry.</returns>
    public static bool TryAsk(ushort id, string name, [NotNullWhen(true)] out byte[]? question)
    {
        question = null;
        var labels = name.TrimEnd('.').Split('.');
        if (labels.Any(l => l.Length is 0 or > MaxLabelLength || !Ascii.IsValid(l))) return false;
        var length = labels.Sum(l => l.Length + 1) + 1;
        if (length > MaxNameLength) return false;
        var bytes = new byte[HeaderLength + length + 4];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, id);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), FlagRecursionDesired);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(4), 1);
        var at = HeaderLength;
        foreach (var label in labels)
        {
            bytes[at++] = (byte)label.Length;
            at += Encoding.ASCII.GetBytes(label, bytes.AsSpan(at));
        }
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(at + 1), TypeText);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(at + 3), ClassInternet);
        question = bytes;
        return true;
    }

    /// <summary>Reads an answer to a question that <see cref="TryAsk"/> wrote.</summary>
    /// <param name="question">The question as it was sent.</param>
    /// <param name="answer">What came.</param>
    /// <param name="texts">The TXT records of the name, the strings of each joined, with <see cref="DnsOutcome.Answered"/>.</param>
    public static DnsOutcome Read(ReadOnlySpan<byte> question, ReadOnlySpan<byte> answer, out IReadOnlyList<string> texts)
    {
        texts = [];
        if (answer.Length < question.Length || answer.Length > MaxLength) return DnsOutcome.NotAnAnswer;
        var flags = BinaryPrimitives.ReadUInt16BigEndian(answer[2..]);
        if (!answer[..2].SequenceEqual(question[..2]) || (flags & FlagResponse) == 0 || (flags & MaskOpcode) != 0) return DnsOutcome.NotAnAnswer;
        if (BinaryPrimitives.ReadUInt16BigEndian(answer[4..]) != 1 || !Ascii.EqualsIgnoreCase(answer[HeaderLength..question.Length], question[HeaderLength..])) return DnsOutcome.NotAnAnswer;
        if ((flags & FlagTruncated) != 0) return DnsOutcome.Truncated;
        if ((flags & MaskResult) != 0) return (flags & MaskResult) == ResultNoSuchName ? DnsOutcome.NoSuchName : DnsOutcome.ServerFailed;

        var records = BinaryPrimitives.ReadUInt16BigEndian(answer[6..]);
        if (records > MaxRecords) return DnsOutcome.ServerFailed;
        var aliases = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var found = new List<(string Name, string Text)>();
        var at = question.Length;
        for (var i = 0; i < records; i++)
        {
            if (!TryReadName(answer, ref at, out var owner) || at + 10 > answer.Length) return DnsOutcome.NotAnAnswer;
            var type = BinaryPrimitives.ReadUInt16BigEndian(answer[at..]);
            var kind = BinaryPrimitives.ReadUInt16BigEndian(answer[(at + 2)..]);
            var length = BinaryPrimitives.ReadUInt16BigEndian(answer[(at + 8)..]);
            at += 10;
            if (at + length > answer.Length) return DnsOutcome.NotAnAnswer;
            if (kind == ClassInternet && type == TypeText)
            {
                if (!TryReadTexts(answer.Slice(at, length), out var text)) return DnsOutcome.NotAnAnswer;
                found.Add((owner, text));
            }
            else if (kind == ClassInternet && type == TypeAlias)
            {
                var target = at;
                if (!TryReadName(answer, ref target, out var name) || target != at + length) return DnsOutcome.NotAnAnswer;
                aliases[owner] = name;
            }
            at += length;
        }
        var start = HeaderLength;
        if (!TryReadName(answer, ref start, out var wanted)) return DnsOutcome.NotAnAnswer;
        for (var i = 0; i < MaxAliases && aliases.TryGetValue(wanted, out var next); i++) wanted = next;
        texts = [.. found.Where(f => f.Name.Equals(wanted, StringComparison.OrdinalIgnoreCase)).Select(f => f.Text)];
        return DnsOutcome.Answered;
    }

    /// <summary>A name is labels up to an empty one, or up to a pointer to an earlier place: since each pointer goes back, the walk ends.</summary>
    private static bool TryReadName(ReadOnlySpan<byte> message, ref int at, out string name)
    {
        name = "";
        var text = new StringBuilder();
        var (position, earliest, followed) = (at, at, false);
        while (position < message.Length)
        {
            var length = message[position];
            if (length == 0)
            {
                if (!followed) at = position + 1;
                name = text.ToString();
                return true;
            }
            if (length >= 0xc0)
            {
                if (position + 1 >= message.Length) return false;
                var target = ((length & 0x3f) << 8) | message[position + 1];
                if (target >= earliest) return false;
                if (!followed) at = position + 2;
                (position, earliest, followed) = (target, target, true);
                continue;
            }
            if (length > MaxLabelLength || position + 1 + length > message.Length || text.Length + length + 1 > MaxNameLength) return false;
            var label = message.Slice(position + 1, length);
            // A dot inside a label would make two names one; bytes beyond ASCII belong to no host name.
            if (label.Contains((byte)'.') || !Ascii.IsValid(label)) return false;
            if (text.Length > 0) text.Append('.');
            text.Append(Encoding.ASCII.GetString(label));
            position += 1 + length;
        }
        return false;
    }

    private static bool TryReadTexts(ReadOnlySpan<byte> data, out string text)
    {
        text = "";
        var joined = new List<byte>();
        while (!data.IsEmpty)
        {
            if (1 + data[0] > data.Length) return false;
            joined.AddRange(data.Slice(1, data[0]));
            data = data[(1 + data[0])..];
        }
        text = Encoding.UTF8.GetString([.. joined]);
        return true;
    }
}
