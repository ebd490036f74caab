using System.Buffers;
using System.Net.WebSockets;

namespace Pyrsia.Libp2p;

/// <summary>Makes a WebSocket of a raw connection. Framing and masking are the platform's.
/// https://github.com/libp2p/specs/blob/master/websockets/README.md</summary>
internal static class WebSocketUpgrade
{
    /// <summary>Runs the dialer's half; <paramref name="host"/> is name or address with the port, as it stands in the address.</summary>
    /// <exception cref="PeerProtocolException">Something else than a WebSocket listener answered.</exception>
    public static async Task<WebSocketChannel> DialAsync(IByteChannel carrier, string host, CancellationToken cancellationToken)
    {
        var key = WebSocketHandshake.NewKey();
        var input = new InputBuffer(carrier);
        await carrier.SendAsync(WebSocketHandshake.Request(host, key), cancellationToken).ConfigureAwait(false);
        var answer = await ReadHeadAsync(input, cancellationToken).ConfigureAwait(false);
        if (!WebSocketHandshake.Agrees(answer, key)) throw new PeerProtocolException($"The peer did not agree to a WebSocket: {answer.StartLine}");
        return Wrap(carrier, input, isServer: false);
    }

    /// <summary>Runs the listener's half; who asks for something else is told so.</summary>
    /// <exception cref="PeerProtocolException">The caller does not ask for a WebSocket.</exception>
    public static async Task<WebSocketChannel> ListenAsync(IByteChannel carrier, CancellationToken cancellationToken)
    {
        var input = new InputBuffer(carrier);
        var request = await ReadHeadAsync(input, cancellationToken).ConfigureAwait(false);
        var agreed = WebSocketHandshake.TryAnswer(request, out var answer);
        await carrier.SendAsync(answer, cancellationToken).ConfigureAwait(false);
        if (agreed) return Wrap(carrier, input, isServer: true);
        await carrier.DisposeAsync().ConfigureAwait(false);
        throw new PeerProtocolException("The caller did not ask for a WebSocket.");
    }

    /// <summary>No keep-alive: liveness is what the connection's heartbeat is for.</summary>
    private static WebSocketChannel Wrap(IByteChannel carrier, InputBuffer input, bool isServer)
    {
        var options = new WebSocketCreationOptions { IsServer = isServer, KeepAliveInterval = TimeSpan.Zero };
        var socket = WebSocket.CreateFromStream(new ChannelStream(carrier, input), options);
        return new WebSocketChannel(socket, carrier.LocalAddress.WithWebSocket(), carrier.RemoteAddress.WithWebSocket(), carrier);
    }

    private static async Task<HttpHead> ReadHeadAsync(InputBuffer input, CancellationToken cancellationToken)
    {
        while (true)
        {
            var status = HttpHead.Read(input.Buffered.Span, out var head, out var consumed);
            input.Consume(consumed);
            if (status == OperationStatus.Done) return head!;
            if (status == OperationStatus.InvalidData) throw new PeerProtocolException("The peer sent a malformed HTTP message.");
            if (!await input.FillAsync(input.Count + 1, cancellationToken).ConfigureAwait(false)) throw new EndOfStreamException("The connection ended.");
        }
    }
}
