using System.Net;
using System.Net.Sockets;

namespace Pyrsia.Libp2p;

public sealed partial class Libp2pHost
{
    /// <summary>Connections that the kernel holds before they are accepted.</summary>
    private const int ListenBacklog = 512;

    private int pendingInbound;

    /// <summary>Listens on <c>/ip4|ip6/…/tcp/PORT</c>; port 0 takes a free one, see <see cref="ListenAddresses"/>.</summary>
    /// <exception cref="SocketException">The address is in use or not ours.</exception>
    /// <exception cref="ArgumentException">The transport of the address is not TCP.</exception>
    public Task ListenAsync(Multiaddr address, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(address);
        cancellationToken.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(disposed != 0, this);
        if (!address.TryGetTcpEndPoint(out var endPoint)) throw new ArgumentException($"Cannot listen on {address}: only /ip4 or /ip6 with /tcp.", nameof(address));
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (endPoint.AddressFamily == AddressFamily.InterNetworkV6) socket.DualMode = false;
            socket.Bind(endPoint);
            socket.Listen(ListenBacklog);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
        lock (gate) listeners.Add((socket, Multiaddr.FromEndPoint((IPEndPoint)socket.LocalEndPoint!)));
        Spawn("listening", ct => AcceptLoopAsync(socket, ct));
        PushIdentify();
        return Task.CompletedTask;
    }

    private async Task AcceptLoopAsync(Socket listener, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            Socket socket;
            try
            {
                socket = await listener.AcceptAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is ObjectDisposedException || disposed != 0)
            {
                return;
            }
            catch (SocketException e)
            {
                // Out of descriptors, or the caller vanished between SYN and accept: go on, but not in a tight circle.
                Survives("accepting a connection", e);
                await Task.Delay(TimeSpan.FromMilliseconds(50), time, cancellationToken).ConfigureAwait(false);
                continue;
            }
            if (Interlocked.Increment(ref pendingInbound) > options.MaxPendingInbound)
            {
                Interlocked.Decrement(ref pendingInbound);
                socket.Dispose();
                continue;
            }
            Spawn("an inbound handshake", ct => UpgradeInboundAsync(socket, ct));
        }
    }

    private async Task UpgradeInboundAsync(Socket socket, CancellationToken cancellationToken)
    {
        try
        {
            using var timeout = new CancellationTokenSource(options.DialTimeout, time);
            using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
            var channel = new TcpChannel(socket);
            try
            {
                var upgraded = await ConnectionUpgrade.ListenAsync(channel, security, yamux, time, linked.Token).ConfigureAwait(false);
                Adopt(new PeerConnection(upgraded, channel.RemoteAddress, true, options.Heartbeat));
            }
            catch
            {
                channel.Abort();
                throw;
            }
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new ConnectionClosedException("The caller left at once.", e);
        }
        finally
        {
            Interlocked.Decrement(ref pendingInbound);
        }
    }
}
