using System.Collections.Concurrent;
using Pyrsia.Libp2p;

namespace Pyrsia.Content.Exchange;

/// <summary>The exchange over libp2p streams.</summary>
public sealed class Libp2pExchange : IExchangePeers, IDisposable
{
    private readonly Libp2pHost _host;
    private readonly ConcurrentDictionary<PeerId, CancellationTokenSource> _suspicions = new();

    /// <summary>Serves content to the host's peers, and asks them for it.</summary>
    public Libp2pExchange(Libp2pHost host, ExchangeServer server)
    {
        _host = host;
        host.PeerChanged += OnPeerChanged;
        var limits = new ProtocolLimits { MaxStreams = ExchangeOptions.MaxServedStreams * 2, MaxStreamsPerPeer = ExchangeOptions.MaxServedStreamsPerPeer };
        host.Handle(ExchangeOptions.Protocol, (stream, token) => server.ServeAsync(stream.RemotePeer, new Adapter(stream), token), limits);
    }

    /// <inheritdoc/>
    public async Task<IExchangeStream> OpenAsync(PeerId peer, CancellationToken cancellationToken) =>
        new Adapter(await _host.OpenStreamAsync(peer, ExchangeOptions.Protocol, cancellationToken));

    /// <inheritdoc/>
    public void Ban(PeerId peer, string reason, TimeSpan duration) => _host.Ban(peer, reason, duration);

    /// <inheritdoc/>
    public CancellationToken Suspicion(PeerId peer) => _suspicions.GetOrAdd(peer, _ => new CancellationTokenSource()).Token;

    /// <inheritdoc/>
    public void Dispose() => _host.PeerChanged -= OnPeerChanged;

    private void OnPeerChanged(object? sender, PeerEventArgs change)
    {
        if (change.Kind is PeerEventKind.Suspected or PeerEventKind.Dead or PeerEventKind.Disconnected && _suspicions.TryRemove(change.Peer, out var suspicion)) suspicion.Cancel();
    }

    private sealed class Adapter(Libp2pStream stream) : IExchangeStream
    {
        public ValueTask ReadExactlyAsync(Memory<byte> buffer, CancellationToken cancellationToken) => stream.ReadExactlyAsync(buffer, cancellationToken);

        public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => stream.WriteAsync(bytes, cancellationToken);

        public ValueTask DisposeAsync() => stream.DisposeAsync();
    }
}
