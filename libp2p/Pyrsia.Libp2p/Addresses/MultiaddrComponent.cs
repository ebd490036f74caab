using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;

namespace Pyrsia.Libp2p;

/// <summary>One protocol of a multiaddr with its value.</summary>
public readonly record struct MultiaddrComponent
{
    private readonly byte[]? value;

    internal MultiaddrComponent(MultiaddrProtocol protocol, byte[] value)
    {
        Protocol = protocol;
        this.value = value;
    }

    internal MultiaddrProtocol Protocol { get; }

    /// <summary>Multicodec of the protocol, 6 for tcp.</summary>
    public int Code => Protocol.Code;

    /// <summary>Name of the protocol, <c>tcp</c>.</summary>
    public string Name => Protocol.Name;

    /// <summary>Binary value, without length prefix; empty for a protocol without value.</summary>
    public ReadOnlyMemory<byte> Value => value;

    /// <summary>Text of the value; empty for a protocol without value.</summary>
    public string Text => Protocol.Value switch
    {
        MultiaddrValue.Ip => new IPAddress(value!).ToString(),
        MultiaddrValue.Port => BinaryPrimitives.ReadUInt16BigEndian(value).ToString(CultureInfo.InvariantCulture),
        MultiaddrValue.Number => BinaryPrimitives.ReadUInt64BigEndian(value).ToString(CultureInfo.InvariantCulture),
        MultiaddrValue.Text => Encoding.UTF8.GetString(value!),
        MultiaddrValue.PeerId => Base58.Encode(value),
        MultiaddrValue.Multibase => Multibase.EncodeBase64Url(value),
        _ => "",
    };

    /// <summary>Same protocol and same value.</summary>
    public bool Equals(MultiaddrComponent other) => ReferenceEquals(Protocol, other.Protocol) && Value.Span.SequenceEqual(other.Value.Span);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Code, SpanHash.Of(value));

    internal static bool TryDecodeValue(MultiaddrProtocol protocol, ReadOnlySpan<byte> bytes) => protocol.Value switch
    {
        MultiaddrValue.PeerId => Libp2p.PeerId.TryDecode(bytes, out _),
        MultiaddrValue.Text => bytes.Length > 0 && IsText(bytes),
        MultiaddrValue.Multibase => Multihash.TryDecode(bytes, out _),
        _ => bytes.Length == protocol.Size,
    };

    internal static byte[]? ParseValue(MultiaddrProtocol protocol, string text)
    {
        switch (protocol.Value)
        {
            case MultiaddrValue.Ip:
                if (text.Contains('%', StringComparison.Ordinal) || !IPAddress.TryParse(text, out var ip)) return null;
                var bytes = ip.GetAddressBytes();
                var dotted = protocol.Size != 4 || text.Split('.').Length == 4;
                return bytes.Length == protocol.Size && dotted ? bytes : null;
            case MultiaddrValue.Port:
                if (!IsDigits(text) || !ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port)) return null;
                var two = new byte[2];
                BinaryPrimitives.WriteUInt16BigEndian(two, port);
                return two;
            case MultiaddrValue.Number:
                if (!IsDigits(text) || !ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return null;
                var eight = new byte[8];
                BinaryPrimitives.WriteUInt64BigEndian(eight, number);
                return eight;
            case MultiaddrValue.Text:
                var utf8 = Encoding.UTF8.GetBytes(text);
                return utf8.Length > 0 && IsText(utf8) ? utf8 : null;
            case MultiaddrValue.PeerId:
                return Libp2p.PeerId.TryParse(text, out var id) ? id.Bytes.ToArray() : null;
            case MultiaddrValue.Multibase:
                return Libp2p.Multibase.TryDecode(text, out var hash) && Multihash.TryDecode(hash, out _) ? hash : null;
            default:
                return null;
        }
    }

    /// <summary>The parsers of the platform let NUL characters follow a number.</summary>
    private static bool IsDigits(ReadOnlySpan<char> text) => !text.ContainsAnyExceptInRange('0', '9');

    private static bool IsText(ReadOnlySpan<byte> utf8) =>
        System.Text.Unicode.Utf8.IsValid(utf8) && utf8.IndexOf((byte)'/') < 0 && utf8.IndexOf((byte)0) < 0;
}
