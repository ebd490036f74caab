using System.Buffers.Binary;
using System.Net;

namespace Pyrsia.Libp2p;

/// <summary>The network that a public address stands in: 16 bits of IPv4, 32 of IPv6, which is what one owner gets cheaply. Many identities are cheap; many networks are not.</summary>
internal readonly record struct NetworkPrefix
{
    private readonly ulong value;

    private NetworkPrefix(ulong value) => this.value = value;

    /// <summary>The network of an address; null for loopback, private and link-local ranges, where nobody from outside can be, and for names.</summary>
    public static NetworkPrefix? Of(Multiaddr address)
    {
        var ip = address.Components[0];
        if (ip.Protocol.Value != MultiaddrValue.Ip || !IsPublic(ip.Value.Span)) return null;
        return new NetworkPrefix(ip.Value.Length == 4 ? BinaryPrimitives.ReadUInt16BigEndian(ip.Value.Span) : (1UL << 32) | BinaryPrimitives.ReadUInt32BigEndian(ip.Value.Span));
    }

    private static bool IsPublic(ReadOnlySpan<byte> ip) => ip.Length == 4
        ? (ip[0], ip[1]) is not ((0 or 10 or 127, _) or (100, >= 64 and < 128) or (169, 254) or (172, >= 16 and < 32) or (192, 168))
        : !IPAddress.IsLoopback(new IPAddress(ip)) && (ip[0] & 0xfe) != 0xfc && !(ip[0] == 0xfe && (ip[1] & 0xc0) == 0x80);
}
