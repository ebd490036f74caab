using System.Net;
using System.Net.Sockets;

namespace Pyrsia.Libp2p;

/// <summary>What port mapping needs of a host.</summary>
public sealed partial class Libp2pHost
{
    private IReadOnlyList<MappedPort> mapped = [];

    /// <summary>The host listens somewhere new. Handlers return at once.</summary>
    internal event EventHandler? Listened;

    /// <summary>There are other addresses that this host may have for others, see <see cref="CandidateAddresses"/>. Handlers return at once.</summary>
    internal event EventHandler? CandidatesChanged;

    /// <summary>Where a gateway says that this host is reached, as addresses. Called under the lock.</summary>
    private IEnumerable<Multiaddr> MappedAddresses => from port in mapped
                                                      from listener in listeners
                                                      where PortOf(listener.Address) == port.Port
                                                      let external = Multiaddr.FromEndPoint(port.External)
                                                      select IsWebSocket(listener.Address) ? external.WithWebSocket() : external;

    /// <summary>Ports that are listened on behind a NAT, it seems: on private IPv4 addresses, and on none of the Internet. None where the operator says which addresses to announce.</summary>
    /// <param name="all">Those of all IPv4 listeners.</param>
    internal IReadOnlyCollection<ushort> MappablePorts(bool all)
    {
        lock (gate) return options.AnnounceAddresses.Count > 0 ? [] : [.. listeners.Where(l => all || IsBehindNat(l.Address)).Select(l => PortOf(l.Address)).OfType<ushort>().Distinct()];
    }

    /// <summary>Says what a gateway maps now.</summary>
    internal void SetMapped(IReadOnlyList<MappedPort> ports)
    {
        lock (gate)
        {
            if (mapped.SequenceEqual(ports)) return;
            mapped = ports;
        }
        CandidatesChanged?.Invoke(this, EventArgs.Empty);
    }

    private static bool IsWebSocket(Multiaddr listener)
    {
        listener.WithoutWebSocket(out var webSocket);
        return webSocket;
    }

    private static ushort? PortOf(Multiaddr listener) =>
        listener.WithoutWebSocket(out _).TryGetTcpEndPoint(out var endPoint) && endPoint.AddressFamily == AddressFamily.InterNetwork ? (ushort)endPoint.Port : null;

    private static bool IsBehindNat(Multiaddr listener)
    {
        IPAddress[] own = [.. ListenAddressExpansion.Expand(listener).Where(a => a.StandsOnIp).Select(a => a.FirstIp).Where(ip => !IPAddress.IsLoopback(ip))];
        return own.Length > 0 && !own.Any(AddressScope.IsPublic);
    }
}
