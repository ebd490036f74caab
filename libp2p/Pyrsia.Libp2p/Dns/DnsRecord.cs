using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Pyrsia.Libp2p;

/// <summary>One resource record of a message. https://www.rfc-editor.org/rfc/rfc1035#section-4.1.3</summary>
/// <remarks><code>
/// owner name | type 2 | class 2 | seconds to live 4 | length 2 | data ...    (big endian)
/// </code></remarks>
/// <param name="Owner">The name that the record is of.</param>
/// <param name="Type">What the data is.</param>
/// <param name="Class">The class.</param>
/// <param name="Data">Where the data stands in the message.</param>
internal readonly record struct DnsRecord(string Owner, ushort Type, ushort Class, Range Data)
{
    /// <summary>CNAME: the owner is another name for this one.</summary>
    public const ushort TypeAlias = 5;

    /// <summary>PTR: a name.</summary>
    public const ushort TypePointer = 12;

    /// <summary>TXT: strings.</summary>
    public const ushort TypeText = 16;

    /// <summary>The only class in use.</summary>
    public const ushort ClassInternet = 1;

    /// <summary>Longest string of a TXT record, in bytes.</summary>
    public const int MaxTextLength = 255;

    /// <summary>Bytes between owner and data.</summary>
    private const int FixedLength = 10;

    /// <summary>Whether it is of this type, and of the Internet.</summary>
    public bool Is(ushort type) => Type == type && Class == ClassInternet;

    /// <summary>Reads the record at this place, and moves behind it.</summary>
    public static bool TryRead(ReadOnlySpan<byte> message, ref int at, out DnsRecord record)
    {
        record = default;
        if (!DnsName.TryRead(message, ref at, out var owner) || at + FixedLength > message.Length) return false;
        var start = at + FixedLength;
        var length = BinaryPrimitives.ReadUInt16BigEndian(message[(at + 8)..]);
        if (start + length > message.Length) return false;
        record = new DnsRecord(owner, BinaryPrimitives.ReadUInt16BigEndian(message[at..]), BinaryPrimitives.ReadUInt16BigEndian(message[(at + 2)..]), start..(start + length));
        at = start + length;
        return true;
    }

    /// <summary>The name that the data is, and all of it.</summary>
    public bool TryReadName(ReadOnlySpan<byte> message, out string name)
    {
        var at = Data.Start.Value;
        return DnsName.TryRead(message, ref at, out name) && at == Data.End.Value;
    }

    /// <summary>The strings of a TXT record.</summary>
    public static bool TryReadTexts(ReadOnlySpan<byte> data, [NotNullWhen(true)] out IReadOnlyList<byte[]>? texts)
    {
        texts = null;
        var result = new List<byte[]>();
        while (!data.IsEmpty)
        {
            if (1 + data[0] > data.Length) return false;
            result.Add(data.Slice(1, data[0]).ToArray());
            data = data[(1 + data[0])..];
        }
        texts = result;
        return true;
    }
}
