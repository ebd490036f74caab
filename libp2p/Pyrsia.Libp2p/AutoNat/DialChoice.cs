using System.Net;
using System.Net.Sockets;

namespace Pyrsia.Libp2p;

/// <summary>Which address a server dials for an asker: TCP at an IP address of the Internet, with or without a WebSocket over it, or QUIC where this host has that. Names are not dialed: what they lead to is not known before.</summary>
/// <param name="Index">Its place in the request.</param>
/// <param name="Target">Where it leads.</param>
/// <param name="IsForeign">It is not the IP address that the asker is seen at, so that the dial must cost the asker something.</param>
internal readonly record struct DialChoice(int Index, DialTarget Target, bool IsForeign)
{
    /// <summary>Fewest bytes that an asker sends for a dial to another IP address than its own: several times what a handshake costs the victim.</summary>
    public const int MinDialData = 30_000;

    /// <summary>Most such bytes, also what a client is ready to send.</summary>
    public const int MaxDialData = 100_000;

    /// <summary>Finds the first address that may be dialed.</summary>
    /// <param name="addresses">What is asked for.</param>
    /// <param name="asker">Who asks; nobody else may answer the dial.</param>
    /// <param name="observed">Where the asker is seen.</param>
    /// <param name="allowPrivate">Also addresses that are not of the Internet.</param>
    /// <param name="hasIPv6">This host reaches IPv6.</param>
    /// <param name="hasQuic">This host dials QUIC.</param>
    public static DialChoice? First(IReadOnlyList<Multiaddr?> addresses, PeerId asker, IPAddress observed, bool allowPrivate, bool hasIPv6, bool hasQuic)
    {
        for (var i = 0; i < addresses.Count; i++)
        {
            if (addresses[i] is not { } address || TargetOf(address, asker, hasQuic) is not { EndPoint: { Port: > 0 } endPoint } target) continue;
            if (!allowPrivate && !AddressScope.IsPublic(endPoint.Address)) continue;
            if (endPoint.AddressFamily == AddressFamily.InterNetworkV6 && !hasIPv6) continue;
            return new DialChoice(i, target, !endPoint.Address.Equals(observed));
        }
        return null;
    }

    private static DialTarget? TargetOf(Multiaddr address, PeerId asker, bool hasQuic)
    {
        if (address.TryGetQuicEndPoint(out var udp)) return hasQuic ? new DialTarget(udp, asker, Quic: true) : null;
        return address.WithoutWebSocket(out var webSocket).TryGetTcpEndPoint(out var endPoint) ? new DialTarget(endPoint, asker, webSocket ? endPoint.ToString() : null) : null;
    }
}
