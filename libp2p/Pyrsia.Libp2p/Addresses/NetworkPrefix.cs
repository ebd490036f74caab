using System.Buffers.Binary;
using System.Net;

namespace Pyrsia.Libp2p;

/// <summary>The network that an address stands in, of one <see cref="PrefixScale"/>. Many identities and addresses are cheap; many networks are not.</summary>
internal readonly record struct NetworkPrefix
{
    private readonly ulong bits;
    private readonly byte length;
    private readonly bool isIPv6;

    private NetworkPrefix(ulong bits, byte length, bool isIPv6) => (this.bits, this.length, this.isIPv6) = (bits, length, isIPv6);

    /// <summary>The network of an address; null for one that is not of the Internet, where nobody from outside can be, and for names.</summary>
    public static NetworkPrefix? Of(Multiaddr address, PrefixScale scale = PrefixScale.Owner) =>
        address.StandsOnIp ? Of(address.FirstIp, scale) : null;

    /// <summary>The network of an address; null for one that is not of the Internet.</summary>
    public static NetworkPrefix? Of(IPAddress address, PrefixScale scale = PrefixScale.Owner) => AddressScope.IsPublic(address) ? Around(address, scale) : null;

    /// <summary>The network of a connection's address, also of one that is not of the Internet; inside the process each number is one.</summary>
    public static NetworkPrefix Around(Multiaddr address, PrefixScale scale) =>
        address.StandsOnIp ? Around(address.FirstIp, scale) : address.TryGetMemory(out var number) ? new NetworkPrefix(number, 0, false) : default;

    /// <summary>The network of an address, also of one that is not of the Internet.</summary>
    public static NetworkPrefix Around(IPAddress address, PrefixScale scale)
    {
        Span<byte> bytes = stackalloc byte[16];
        (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).TryWriteBytes(bytes, out var written);
        var isIPv6 = written == 16;
        var length = (scale, isIPv6) switch
        {
            (PrefixScale.Owner, false) => 16,
            (PrefixScale.Owner, true) => 32,
            (PrefixScale.Site, false) => 24,
            (PrefixScale.Site, true) => 56,
            (_, false) => 32,
            (_, true) => 64,
        };
        return new NetworkPrefix(BinaryPrimitives.ReadUInt64BigEndian(bytes) >> (64 - length), (byte)length, isIPv6);
    }
}
