using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Pyrsia.Libp2p;

/// <summary>The part of multicast DNS that peers find each other by, as a value. Rules: everybody who hears the question for the pointers of a service answers to all, with a pointer to
/// a name of its own and that name's texts. Deviations: what is for people who look around (service enumeration, SRV, A) is neither asked nor answered, and an answer always goes to all.
/// https://github.com/libp2p/specs/blob/master/discovery/mdns.md, https://www.rfc-editor.org/rfc/rfc6762</summary>
/// <remarks><code>
/// SERVICE PTR ?                                          a question
/// SERVICE PTR NAME.SERVICE                               an answer
/// NAME.SERVICE TXT "dnsaddr=/ip4/.../p2p/ID" "..."       its additional record
/// </code></remarks>
internal sealed class MdnsMessage
{
    /// <summary>Longest datagram, in bytes, as RFC 6762 has it.</summary>
    public const int MaxLength = 9000;

    /// <summary>Longest answer that is sent, in bytes: what fits into one Ethernet frame.</summary>
    public const int MaxAnswerLength = 1400;

    /// <summary>Questions of one message that are read.</summary>
    public const int MaxQuestions = 64;

    /// <summary>Records of one message that are read.</summary>
    public const int MaxRecords = 256;

    /// <summary>What stands before an address in a text.</summary>
    public const string Attribute = "dnsaddr=";

    /// <summary>Length of a name that chance draws; with so many it is one of a kind, and says nothing about the peer.</summary>
    private const int NameLength = 32;

    /// <summary>Seconds for which an answer holds.</summary>
    private const uint Seconds = 120;

    private const int HeaderLength = 12;
    private const ushort FlagResponse = 0x8000;
    private const ushort FlagAuthoritative = 0x0400;
    private const ushort MaskOpcodeAndResult = 0x780f;

    /// <summary>The highest bit of a class says that an answer may come to the asker alone, or that older records are to be forgotten; neither matters here.</summary>
    private const ushort MaskClass = 0x7fff;

    private MdnsMessage(bool isAnswer) => IsAnswer = isAnswer;

    /// <summary>An answer, else a question.</summary>
    public bool IsAnswer { get; }

    /// <summary>Names that pointers are asked for.</summary>
    public List<string> Asked { get; } = [];

    /// <summary>Pointers that were answered.</summary>
    public List<(string Owner, string Target)> Pointers { get; } = [];

    /// <summary>Texts that were answered, string by string.</summary>
    public List<(string Owner, string Text)> Texts { get; } = [];

    /// <summary>A name for a peer that starts.</summary>
    public static string NewName() => RandomNumberGenerator.GetHexString(NameLength, lowercase: true);

    /// <summary>The question for the peers of a service.</summary>
    public static byte[] Question(string service)
    {
        var bytes = Header(0, questions: 1, answers: 0, additional: 0);
        Append(bytes, service, DnsRecord.TypePointer);
        return [.. bytes];
    }

    /// <summary>The answer of a peer: as many of its addresses as fit, each with its peer id.</summary>
    public static byte[] Answer(string service, string name, IEnumerable<Multiaddr> addresses)
    {
        var own = $"{name}.{service}";
        var texts = new List<byte>();
        var bytes = Header(FlagResponse | FlagAuthoritative, questions: 0, answers: 1, additional: 1);
        Append(bytes, service, DnsRecord.TypePointer);
        AppendData(bytes, DnsName.TryEncode(own, out var target) ? target : throw new ArgumentException($"'{own}' is no name that DNS can carry."));
        Append(bytes, own, DnsRecord.TypeText);
        foreach (var address in addresses)
        {
            var text = Encoding.ASCII.GetBytes(Attribute + address);
            if (text.Length > DnsRecord.MaxTextLength || bytes.Count + texts.Count + text.Length > MaxAnswerLength) continue;
            texts.Add((byte)text.Length);
            texts.AddRange(text);
        }
        AppendData(bytes, [.. texts]);
        return [.. bytes];
    }

    /// <summary>Reads a datagram; false when it is malformed.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> datagram, [NotNullWhen(true)] out MdnsMessage? message)
    {
        message = null;
        if (datagram.Length is < HeaderLength or > MaxLength) return false;
        var flags = BinaryPrimitives.ReadUInt16BigEndian(datagram[2..]);
        var questions = BinaryPrimitives.ReadUInt16BigEndian(datagram[4..]);
        var records = BinaryPrimitives.ReadUInt16BigEndian(datagram[6..]) + BinaryPrimitives.ReadUInt16BigEndian(datagram[8..]) + BinaryPrimitives.ReadUInt16BigEndian(datagram[10..]);
        if ((flags & MaskOpcodeAndResult) != 0 || questions > MaxQuestions || records > MaxRecords) return false;
        var result = new MdnsMessage((flags & FlagResponse) != 0);
        var at = HeaderLength;
        for (var i = 0; i < questions; i++)
        {
            if (!DnsName.TryRead(datagram, ref at, out var name) || at + 4 > datagram.Length) return false;
            var (type, @class) = (BinaryPrimitives.ReadUInt16BigEndian(datagram[at..]), BinaryPrimitives.ReadUInt16BigEndian(datagram[(at + 2)..]) & MaskClass);
            if (type == DnsRecord.TypePointer && @class == DnsRecord.ClassInternet) result.Asked.Add(name);
            at += 4;
        }
        for (var i = 0; i < records; i++)
        {
            if (!DnsRecord.TryRead(datagram, ref at, out var record)) return false;
            record = record with { Class = (ushort)(record.Class & MaskClass) };
            if (record.Is(DnsRecord.TypePointer))
            {
                if (!record.TryReadName(datagram, out var target)) return false;
                result.Pointers.Add((record.Owner, target));
            }
            else if (record.Is(DnsRecord.TypeText))
            {
                if (!DnsRecord.TryReadTexts(datagram[record.Data], out var texts)) return false;
                result.Texts.AddRange(texts.Select(text => (record.Owner, Encoding.UTF8.GetString(text))));
            }
        }
        message = result;
        return true;
    }

    private static List<byte> Header(ushort flags, byte questions, byte answers, byte additional) =>
        [0, 0, (byte)(flags >> 8), (byte)(flags & 0xff), 0, questions, 0, answers, 0, 0, 0, additional];

    /// <summary>What a question and a record begin with.</summary>
    private static void Append(List<byte> bytes, string name, ushort type)
    {
        if (!DnsName.TryEncode(name, out var encoded)) throw new ArgumentException($"'{name}' is no name that DNS can carry.", nameof(name));
        bytes.AddRange([.. encoded, 0, (byte)type, 0, (byte)DnsRecord.ClassInternet]);
    }

    private static void AppendData(List<byte> bytes, byte[] data)
    {
        Span<byte> head = stackalloc byte[6];
        BinaryPrimitives.WriteUInt32BigEndian(head, Seconds);
        BinaryPrimitives.WriteUInt16BigEndian(head[4..], (ushort)data.Length);
        bytes.AddRange(head);
        bytes.AddRange(data);
    }
}
