using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Pyrsia.Libp2p;

/// <summary>Turns a listener on every interface into the addresses of the interfaces.</summary>
internal static class ListenAddressExpansion
{
    public static IEnumerable<Multiaddr> Expand(Multiaddr address)
    {
        var transport = address.WithoutWebSocket(out var webSocket);
        if (webSocket) return Expand(transport).Select(a => a.WithWebSocket());
        var isQuic = address.TryGetQuicEndPoint(out var endPoint);
        if (!isQuic && !address.TryGetTcpEndPoint(out endPoint)) return [address];
        if (!endPoint.Address.Equals(IPAddress.Any) && !endPoint.Address.Equals(IPAddress.IPv6Any)) return [address];
        return NetworkInterface.GetAllNetworkInterfaces()
            .Where(i => i.OperationalStatus == OperationalStatus.Up || i.NetworkInterfaceType == NetworkInterfaceType.Loopback)
            .SelectMany(i => i.GetIPProperties().UnicastAddresses)
            .Select(a => a.Address)
            .Where(a => a.AddressFamily == endPoint.AddressFamily && !a.IsIPv6LinkLocal)
            .OrderBy(a => a.AddressFamily == AddressFamily.InterNetworkV6)
            .ThenBy(IPAddress.IsLoopback)
            .Select(a => new IPEndPoint(a, endPoint.Port))
            .Select(e => isQuic ? Multiaddr.FromQuicEndPoint(e) : Multiaddr.FromEndPoint(e));
    }
}
