using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;

namespace Pyrsia.Libp2p;

public sealed partial class Libp2pHost
{
    /// <summary>Listens on <c>/ip4|ip6/…/tcp/PORT</c>, with <c>/ws</c> behind it for WebSockets, on <c>/ip4|ip6/…/udp/PORT/quic-v1</c>, or on <c>/memory/NUMBER</c>; port or number 0 takes a free one, see <see cref="ListenAddresses"/>.</summary>
    /// <remarks><c>…/p2p/RELAY/p2p-circuit</c> takes a reservation at that relay, keeps it, and takes the circuits that come over it.</remarks>
    /// <exception cref="SocketException">The address is in use or not ours.</exception>
    /// <exception cref="ArgumentException">The transport of the address is neither TCP, a WebSocket over it, QUIC, memory nor a circuit, or the host speaks plaintext and the address is not this machine's alone.</exception>
    /// <exception cref="TransportUnavailableException">This machine or this host has no QUIC or the host no network in memory, or the address is not ours.</exception>
    /// <exception cref="RelayRefusedException">The relay gives no reservation.</exception>
    public Task ListenAsync(Multiaddr address, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(address);
        cancellationToken.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(disposed != 0, this);
        if (PlaintextRefusal(address) is { } reason) throw new ArgumentException($"Cannot listen on {address}: {reason}.", nameof(address));
        if (address.TryGetCircuit(out var relayAddress, out var own) && (own is null || own == Id)) return ListenOverAsync(relayAddress, cancellationToken);
        if (address.TryGetQuicEndPoint(out var udp)) return ListenQuicAsync(udp, cancellationToken);
        if (address.TryGetMemory(out var number))
        {
            ListenInMemory(number);
            return Task.CompletedTask;
        }
        var transport = address.WithoutWebSocket(out var webSocket);
        if (!transport.TryGetTcpEndPoint(out var endPoint)) throw new ArgumentException($"Cannot listen on {address}: only /ip4 or /ip6 with /tcp, with /tcp and /ws, or with /udp and /quic-v1, or …/p2p/RELAY/p2p-circuit.", nameof(address));
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (endPoint.AddressFamily == AddressFamily.InterNetworkV6) socket.DualMode = false;
            socket.Bind(endPoint);
            socket.Listen(options.ListenBacklog);
            SharedPort.Allow(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
        var bound = Multiaddr.FromEndPoint((IPEndPoint)socket.LocalEndPoint!);
        lock (gate) listeners.Add((socket, webSocket ? bound.WithWebSocket() : bound));
        Spawn("listening", ct => AcceptLoopAsync(socket, webSocket, ct));
        PushIdentify();
        Listened?.Invoke(this, EventArgs.Empty);
        return Task.CompletedTask;
    }

    private async Task AcceptLoopAsync(Socket listener, bool webSocket, CancellationToken cancellationToken)
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
            if (Admit(socket) is { } handshake) Spawn("an inbound handshake", ct => UpgradeInboundAsync(socket, webSocket, handshake, ct));
            else socket.Dispose();
        }
    }

    /// <summary>Serves a WebSocket that a web server accepted, as if it had come in by a listener of this host. Ends when the connection does.</summary>
    /// <param name="socket">The open WebSocket; the host owns it from now on.</param>
    /// <param name="local">This end.</param>
    /// <param name="remote">The caller's end.</param>
    /// <param name="cancellationToken">Closes the connection.</param>
    /// <exception cref="PeerRefusedException">A limit or a ban forbids the connection, or the host speaks plaintext and an end is not on loopback.</exception>
    /// <exception cref="Libp2pException">The caller failed to prove who it is.</exception>
    public async Task ServeAsync(WebSocket socket, IPEndPoint local, IPEndPoint remote, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(socket);
        var channel = new WebSocketChannel(socket, Multiaddr.FromEndPoint(local).WithWebSocket(), Multiaddr.FromEndPoint(remote).WithWebSocket());
        if ((PlaintextRefusal(channel.LocalAddress) ?? PlaintextRefusal(channel.RemoteAddress)) is { } reason)
        {
            channel.Abort();
            throw new PeerRefusedException($"The connection is not served: {reason}.");
        }
        if (disposed != 0 || Admit(channel.RemoteAddress) is not { } handshake)
        {
            channel.Abort();
            throw new PeerRefusedException("The host takes no further connection at this moment.");
        }
        var connection = await UpgradeInboundAsync(channel, webSocket: false, null, handshake, cancellationToken).ConfigureAwait(false);
        await using (cancellationToken.Register(() => Spawn("closing a WebSocket", _ => connection.Muxed.CloseAsync())).ConfigureAwait(false))
            await connection.Muxed.Completion.ConfigureAwait(false);
    }

    private Reservation? Admit(Socket socket)
    {
        try
        {
            return Admit(Multiaddr.FromEndPoint((IPEndPoint)socket.RemoteEndPoint!));
        }
        catch (SocketException)
        {
            // The caller left at once.
            return null;
        }
    }

    /// <summary>Takes a place for a handshake that begins; null when the gate is against it or too many are under way.</summary>
    private Reservation? Admit(Multiaddr caller) =>
        Refusal(gate => gate.RefuseCaller(caller)) is null ? resources.TryHandshake(NetworkPrefix.Of(caller, PrefixScale.Site)) : null;

    private async Task UpgradeInboundAsync(Socket socket, bool webSocket, Reservation handshake, CancellationToken cancellationToken)
    {
        TcpChannel channel;
        try
        {
            channel = new TcpChannel(socket);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            handshake.Dispose();
            throw new ConnectionClosedException("The caller left at once.", e);
        }
        if (!webSocket && ReversedBy((IPEndPoint)socket.RemoteEndPoint!) is { } circuit) await UpgradeReversedAsync(channel, circuit, handshake, cancellationToken).ConfigureAwait(false);
        else await UpgradeInboundAsync(channel, webSocket, null, handshake, cancellationToken).ConfigureAwait(false);
    }

    private async Task<PeerConnection> UpgradeInboundAsync(IByteChannel channel, bool webSocket, PeerId? expected, Reservation handshake, CancellationToken cancellationToken)
    {
        using var place = handshake;
        using var deadline = new Deadline(options.DialTimeout, time, cancellationToken, stopping.Token);
        try
        {
            if (webSocket) channel = await WebSocketUpgrade.ListenAsync(channel, deadline.Token).ConfigureAwait(false);
            channel = Privately(channel);
            var upgraded = await UpgradeAcceptedAsync(channel, deadline.Token).ConfigureAwait(false);
            var connection = new PeerConnection(upgraded, channel.RemoteAddress, true, options.Heartbeat, channel.IsLimited);
            if (expected is { } named && upgraded.Peer != named) throw new PeerIdMismatchException(named, upgraded.Peer);
            Adopt(connection);
            return connection;
        }
        catch
        {
            channel.Abort();
            throw;
        }
    }
}
