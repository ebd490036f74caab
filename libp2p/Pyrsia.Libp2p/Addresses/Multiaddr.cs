using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text;

namespace Pyrsia.Libp2p;

/// <summary>A self-describing network address: <c>/ip4/127.0.0.1/tcp/4001/p2p/12D3…</c>. The binary form is canonical; equality compares it.
/// https://github.com/multiformats/multiaddr</summary>
public sealed partial class Multiaddr : IEquatable<Multiaddr>
{
    /// <summary>Longest binary form, in bytes: a relayed address with two peer ids and a DNS name fits several times over.</summary>
    public const int MaxLength = 1024;

    /// <summary>Longest text, in characters.</summary>
    public const int MaxTextLength = 4096;

    /// <summary>Most components; real addresses have under ten.</summary>
    public const int MaxComponents = 32;

    private readonly byte[] bytes;
    private readonly MultiaddrComponent[] components;

    private Multiaddr(MultiaddrComponent[] components)
    {
        this.components = components;
        var buffer = new ArrayBufferWriter<byte>();
        foreach (var c in components)
        {
            Uvarint.Append(buffer, (ulong)c.Code);
            if (c.Protocol.IsPrefixed) Uvarint.Append(buffer, (ulong)c.Value.Length);
            buffer.Write(c.Value.Span);
        }
        bytes = buffer.WrittenSpan.ToArray();
    }

    /// <summary>The binary form.</summary>
    public ReadOnlyMemory<byte> Bytes => bytes;

    /// <summary>The components from left to right.</summary>
    public IReadOnlyList<MultiaddrComponent> Components => components;

    /// <summary>Parses the text form or raises <see cref="Libp2pFormatException"/>.</summary>
    public static Multiaddr Parse(string text) =>
        TryParse(text, out var address) ? address : throw new Libp2pFormatException($"'{text}' is not a multiaddr.");

    /// <summary>Parses the text form.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out Multiaddr? address)
    {
        address = null;
        if (string.IsNullOrEmpty(text) || text.Length > MaxTextLength || text[0] != '/') return false;
        var parts = text.TrimEnd('/').Split('/');
        var list = new List<MultiaddrComponent>();
        for (var i = 1; i < parts.Length; i++)
        {
            if (list.Count == MaxComponents || MultiaddrProtocol.Find(parts[i]) is not { } protocol) return false;
            var canonical = MultiaddrProtocol.Find((ulong)protocol.Code)!;
            if (canonical.Value == MultiaddrValue.None)
            {
                list.Add(new MultiaddrComponent(canonical, []));
                continue;
            }
            if (++i >= parts.Length || MultiaddrComponent.ParseValue(canonical, parts[i]) is not { } value) return false;
            list.Add(new MultiaddrComponent(canonical, value));
        }
        if (list.Count == 0) return false;
        var result = new Multiaddr([.. list]);
        if (result.bytes.Length > MaxLength) return false;
        address = result;
        return true;
    }

    /// <summary>Decodes the binary form; false when a protocol is unknown, a value malformed or a number not minimal.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> source, [NotNullWhen(true)] out Multiaddr? address)
    {
        address = null;
        if (source.Length is 0 or > MaxLength) return false;
        var list = new List<MultiaddrComponent>();
        while (!source.IsEmpty)
        {
            if (list.Count == MaxComponents || !Uvarint.TryRead(source, out var code, out var n)) return false;
            source = source[n..];
            if (MultiaddrProtocol.Find(code) is not { } protocol) return false;
            var length = protocol.Size;
            if (protocol.IsPrefixed)
            {
                if (!Uvarint.TryRead(source, out var prefix, out n) || prefix > MaxLength) return false;
                source = source[n..];
                length = (int)prefix;
            }
            if (length > source.Length || !MultiaddrComponent.TryDecodeValue(protocol, source[..length])) return false;
            list.Add(new MultiaddrComponent(protocol, source[..length].ToArray()));
            source = source[length..];
        }
        address = new Multiaddr([.. list]);
        return true;
    }

    /// <summary>The address of a TCP endpoint.</summary>
    public static Multiaddr FromEndPoint(IPEndPoint endPoint)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        var ip = endPoint.Address.IsIPv4MappedToIPv6 ? endPoint.Address.MapToIPv4() : endPoint.Address;
        var raw = ip.GetAddressBytes();
        return new Multiaddr(
        [
            new(MultiaddrProtocol.Find(raw.Length == 4 ? 4UL : 41UL)!, raw),
            new(MultiaddrProtocol.Find(6)!, [(byte)(endPoint.Port >> 8), (byte)(endPoint.Port & 0xff)]),
        ]);
    }

    /// <inheritdoc/>
    public bool Equals(Multiaddr? other) => other is not null && bytes.AsSpan().SequenceEqual(other.bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Multiaddr);

    /// <inheritdoc/>
    public override int GetHashCode() => SpanHash.Of(bytes);

    /// <summary>The text form.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var c in components)
        {
            text.Append('/').Append(c.Name);
            if (c.Protocol.Value != MultiaddrValue.None) text.Append('/').Append(c.Text);
        }
        return text.ToString();
    }
}
