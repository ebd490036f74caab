using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Pyrsia.Libp2p;

/// <summary>A UDP socket in a multicast group on every IPv4 interface, also on those that come up later.</summary>
internal sealed class MulticastSocket : IDisposable
{
    /// <summary>Multicast DNS wants the highest, so that a receiver could tell that nobody routed the datagram.</summary>
    private const int TimeToLive = 255;

    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ExclusiveAddressUse = false };
    private readonly IPEndPoint group;
    private readonly HashSet<int> joined = [];

    /// <exception cref="SocketException">Another program has the port for itself.</exception>
    public MulticastSocket(IPEndPoint group)
    {
        this.group = group;
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastTimeToLive, TimeToLive);
            socket.MulticastLoopback = true;
            socket.Bind(new IPEndPoint(IPAddress.Any, group.Port));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public ValueTask<int> ReceiveAsync(Memory<byte> into, CancellationToken cancellationToken) => socket.ReceiveAsync(into, SocketFlags.None, cancellationToken);

    /// <summary>Sends to the group on every interface that takes it.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> datagram, CancellationToken cancellationToken)
    {
        foreach (var index in Interfaces())
        {
            try
            {
                if (!joined.Contains(index)) socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.AddMembership, new MulticastOption(group.Address, index));
                joined.Add(index);
                socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastInterface, IPAddress.HostToNetworkOrder(index));
                await socket.SendToAsync(datagram, SocketFlags.None, group, cancellationToken).ConfigureAwait(false);
            }
            catch (SocketException)
            {
                // The interface has no multicast or went down; the others may have, and this one is tried again.
            }
        }
    }

    public void Dispose() => socket.Dispose();

    private static IEnumerable<int> Interfaces() => NetworkInterface.GetAllNetworkInterfaces()
        .Where(i => i.OperationalStatus != OperationalStatus.Down && i.Supports(NetworkInterfaceComponent.IPv4))
        .Select(i => i.GetIPProperties())
        .Where(p => p.UnicastAddresses.Any(a => a.Address.AddressFamily == AddressFamily.InterNetwork))
        .Select(p => p.GetIPv4Properties().Index);
}
