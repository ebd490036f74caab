using System.Net.WebSockets;

namespace Pyrsia.Libp2p;

/// <summary>The binary messages of a WebSocket as one stream of bytes; where one ends means nothing. Nothing is gathered: a message of any length is received in pieces.</summary>
/// <param name="socket">An open WebSocket; the channel owns it.</param>
/// <param name="local">This end.</param>
/// <param name="remote">The other end.</param>
/// <param name="carrier">What carries it, where that is the channel's to close too.</param>
internal sealed class WebSocketChannel(WebSocket socket, Multiaddr local, Multiaddr remote, IByteChannel? carrier = null) : IByteChannel
{
    public Multiaddr LocalAddress => local;

    public Multiaddr RemoteAddress => remote;

    public async ValueTask<int> ReceiveAsync(Memory<byte> into, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var result = await socket.ReceiveAsync(into, cancellationToken).ConfigureAwait(false);
                if (result.MessageType == WebSocketMessageType.Close) return 0;
                if (result.MessageType != WebSocketMessageType.Binary) throw new PeerProtocolException("The peer sent a text message over the WebSocket.");
                if (result.Count > 0) return result.Count;
            }
        }
        catch (Exception e) when (IsCut(e))
        {
            throw new ConnectionClosedException("The WebSocket was cut.", e);
        }
    }

    public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await socket.SendAsync(bytes, WebSocketMessageType.Binary, endOfMessage: true, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (IsCut(e))
        {
            throw new ConnectionClosedException("The WebSocket was cut.", e);
        }
    }

    public void Abort()
    {
        socket.Abort();
        carrier?.Abort();
    }

    public async ValueTask DisposeAsync()
    {
        socket.Dispose();
        if (carrier is not null) await carrier.DisposeAsync().ConfigureAwait(false);
    }

    private static bool IsCut(Exception e) => e is WebSocketException or ObjectDisposedException or InvalidOperationException or IOException and not Libp2pException;
}
