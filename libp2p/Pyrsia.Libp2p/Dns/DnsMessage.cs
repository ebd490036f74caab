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
        if (!DnsName.TryEncode(name, out var encoded)) return false;
        var bytes = new byte[HeaderLength + encoded.Length + 4];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, id);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), FlagRecursionDesired);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(4), 1);
        encoded.CopyTo(bytes, HeaderLength);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(HeaderLength + encoded.Length), DnsRecord.TypeText);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(HeaderLength + encoded.Length + 2), DnsRecord.ClassInternet);
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
            if (!DnsRecord.TryRead(answer, ref at, out var record)) return DnsOutcome.NotAnAnswer;
            if (record.Is(DnsRecord.TypeText))
            {
                if (!DnsRecord.TryReadTexts(answer[record.Data], out var parts)) return DnsOutcome.NotAnAnswer;
                found.Add((record.Owner, Encoding.UTF8.GetString([.. parts.SelectMany(part => part)])));
            }
            else if (record.Is(DnsRecord.TypeAlias))
            {
                if (!record.TryReadName(answer, out var name)) return DnsOutcome.NotAnAnswer;
                aliases[record.Owner] = name;
            }
        }
        var start = HeaderLength;
        if (!DnsName.TryRead(answer, ref start, out var wanted)) return DnsOutcome.NotAnAnswer;
        for (var i = 0; i < MaxAliases && aliases.TryGetValue(wanted, out var next); i++) wanted = next;
        texts = [.. found.Where(f => f.Name.Equals(wanted, StringComparison.OrdinalIgnoreCase)).Select(f => f.Text)];
        return DnsOutcome.Answered;
    }
}
