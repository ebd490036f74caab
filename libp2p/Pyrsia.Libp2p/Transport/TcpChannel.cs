using System.Net;
using System.Net.Sockets;

namespace Pyrsia.Libp2p;

/// <summary>One TCP connection. NoDelay is always on: with Nagle and delayed ACK every new stream would wait 40 ms.</summary>
internal sealed class TcpChannel : IByteChannel
{
    private readonly Socket socket;

    public TcpChannel(Socket socket)
    {
        this.socket = socket;
        socket.NoDelay = true;
        UnsentLimit.Set(socket);
        LocalAddress = Multiaddr.FromEndPoint((IPEndPoint)socket.LocalEndPoint!);
        RemoteAddress = Multiaddr.FromEndPoint((IPEndPoint)socket.RemoteEndPoint!);
    }

    public Multiaddr LocalAddress { get; }

    public Multiaddr RemoteAddress { get; }

    /// <summary>Connects from a port of its own.</summary>
    public static Task<TcpChannel> ConnectAsync(IPEndPoint endPoint, CancellationToken cancellationToken) => ConnectAsync(endPoint, null, cancellationToken);

    /// <summary>Connects.</summary>
    /// <param name="endPoint">Where to.</param>
    /// <param name="from">The listener whose port the connection leaves from, null for a port of its own.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<TcpChannel> ConnectAsync(IPEndPoint endPoint, IPEndPoint? from, CancellationToken cancellationToken)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (from is not null)
            {
                if (endPoint.AddressFamily == AddressFamily.InterNetworkV6) socket.DualMode = false;
                SharedPort.Allow(socket);
                socket.Bind(from);
            }
            await socket.ConnectAsync(endPoint, cancellationToken).ConfigureAwait(false);
            return new TcpChannel(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public async ValueTask<int> ReceiveAsync(Memory<byte> into, CancellationToken cancellationToken)
    {
        try
        {
            return await socket.ReceiveAsync(into, SocketFlags.None, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw new ConnectionClosedException("The TCP connection was cut.", e);
        }
    }

    public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            while (!bytes.IsEmpty)
            {
                var n = await socket.SendAsync(bytes, SocketFlags.None, cancellationToken).ConfigureAwait(false);
                bytes = bytes[n..];
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw new ConnectionClosedException("The TCP connection was cut.", e);
        }
    }

    public bool TryEndSending()
    {
        try
        {
            if (!socket.Connected) return false;
            socket.Shutdown(SocketShutdown.Send);
            return true;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Already gone: what Shutdown was meant to bring about.
            return false;
        }
    }

    public void Abort() => socket.Dispose();

    public ValueTask DisposeAsync()
    {
        TryEndSending();
        socket.Dispose();
        return ValueTask.CompletedTask;
    }
}
