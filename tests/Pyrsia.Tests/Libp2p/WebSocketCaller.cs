using System.Net.WebSockets;
using Pyrsia.Libp2p;

namespace Pyrsia.Tests.Libp2p;

/// <summary>A peer of its own at the other end of a WebSocket that a host serves.</summary>
internal sealed class WebSocketCaller : IAsyncDisposable
{
    private readonly NoiseStatic noise;
    private readonly IMuxedConnection muxed;

    private WebSocketCaller(PeerId peer, NoiseStatic noise, IMuxedConnection muxed, Task served) => (Peer, this.noise, this.muxed, Served) = (peer, noise, muxed, served);

    public PeerId Peer { get; }

    /// <summary>Ends when the host's side does.</summary>
    public Task Served { get; }

    public static async Task<WebSocketCaller> DialAsync(WebSocket socket, PeerId host, Task served, CancellationToken cancellationToken)
    {
        var identity = KeyPair.Generate();
        var noise = new NoiseStatic(identity, [YamuxConnection.ProtocolId]);
        var anywhere = Multiaddr.Parse("/ip4/127.0.0.1/tcp/1/ws");
        var (muxed, _, _) = await ConnectionUpgrade.DialAsync(new WebSocketChannel(socket, anywhere, anywhere), noise, host, new YamuxOptions(), TimeProvider.System, cancellationToken);
        muxed.Start();
        return new WebSocketCaller(identity.PeerId, noise, muxed, served);
    }

    public async ValueTask DisposeAsync()
    {
        await muxed.DisposeAsync();
        noise.Dispose();
        await Served.ContinueWith(_ => { }, TaskScheduler.Default);
    }
}
