using System.Collections.Concurrent;
using System.Threading.Channels;
using Pyrsia.Consensus;
using Pyrsia.Libp2p;

namespace Pyrsia.Authority.Cluster;

/// <summary>
/// Consensus messages over libp2p: one stream each way between two authorities, each message with its length before it. Streams
/// are taken from the peer ids of the sitting set and of those who sat earlier only. A peer that is slow or away loses messages; the protocol repeats what matters.
/// </summary>
internal sealed partial class ConsensusStreams : IConsensusTransport, IAsyncDisposable
{
    /// <summary>Protocol id on a libp2p stream.</summary>
    internal const string Protocol = "/pyrsia/consensus/2.0.0";

    /// <summary>Messages that wait for one peer; the oldest are dropped first, for newer ones make them obsolete.</summary>
    private const int MaxQueued = 1024;

    /// <summary>Streams that one authority may have open: its present one, and one that is just replaced.</summary>
    private const int MaxStreamsPerPeer = 4;

    /// <summary>Pause before a stream that ended is opened again, and before a peer is looked for again whose address nobody knows.</summary>
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(500);

    /// <summary>How long one message may take to leave.</summary>
    private static readonly TimeSpan SendTimeout = TimeSpan.FromSeconds(10);

    private readonly Libp2pHost _host;
    private readonly EnginePort _port;
    private readonly TimeProvider _time;
    private readonly ILogger<ConsensusStreams> _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<PeerId, (Channel<ReadOnlyMemory<byte>> Queue, Task Sender)> _ways = new();
    private volatile PeerId?[] _peers = [];

    internal ConsensusStreams(Libp2pHost host, EnginePort port, TimeProvider time, ILogger<ConsensusStreams> logger)
    {
        (_host, _port, _time, _logger) = (host, port, time, logger);
        host.Handle(Protocol, ReceiveAsync, new ProtocolLimits { MaxStreams = MaxStreamsPerPeer * ConsensusLimits.MaxParticipants, MaxStreamsPerPeer = MaxStreamsPerPeer });
    }

    /// <summary>Who is heard and spoken to from now on. Called before the engine of the epoch is attached, and never for two at once.</summary>
    internal void Begin(EpochPlace place)
    {
        // A quorum may have named a peer id that is none: its place stays empty.
        PeerId?[] peers = [.. place.Peers.Select(text => PeerId.TryParse(text, out var id) ? (PeerId?)id : null)];
        foreach (var peer in peers.OfType<PeerId>().Where(peer => peer != _host.Id && !_ways.ContainsKey(peer)))
        {
            var queue = Channel.CreateBounded<ReadOnlyMemory<byte>>(new BoundedChannelOptions(MaxQueued) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
            _ways[peer] = (queue, Task.Run(() => SendLoopAsync(peer, queue.Reader)));
        }
        _peers = peers;
    }

    public void Send(int participant, ReadOnlyMemory<byte> message)
    {
        var peers = _peers;
        if (participant < peers.Length && peers[participant] is { } peer && _ways.TryGetValue(peer, out var way)) way.Queue.Writer.TryWrite(message);
    }

    public void Broadcast(ReadOnlyMemory<byte> message)
    {
        for (var i = 0; i < _peers.Length; i++) Send(i, message);
    }

    /// <summary>Ends the streams. The container does so once for each name that it knows this by.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_ways.Values.Select(way => way.Sender));
    }

    private async Task SendLoopAsync(PeerId peer, ChannelReader<ReadOnlyMemory<byte>> queue)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await using var stream = await _host.OpenStreamAsync(peer, Protocol, _stopping.Token);
                // Nothing is read here that would tell of an authority that does not serve the protocol yet.
                await stream.ConfirmAsync(_stopping.Token);
                if (_port.Engine is { } engine && Array.IndexOf(_peers, peer) is >= 0 and var index) engine.PeerConnected(index);
                LogConnected(peer.ToString());
                await foreach (var message in queue.ReadAllAsync(_stopping.Token))
                {
                    using var limit = new CancellationTokenSource(SendTimeout, _time);
                    using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _stopping.Token);
                    await stream.WriteMessageAsync(message, both.Token);
                }
            }
            catch (Exception e) when (e is IOException or TimeoutException or OperationCanceledException)
            {
                if (_stopping.IsCancellationRequested) return;
                LogLost(peer.ToString(), e.Message);
                await PauseAsync(peer, e as DialFailedException);
            }
        }
    }

    /// <summary>Waits until the host dials the peer again, or the peer has dialed this one.</summary>
    private async Task PauseAsync(PeerId peer, DialFailedException? unreached)
    {
        var met = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _host.PeerChanged += OnPeerChanged;
        try
        {
            if (unreached is not null && _host.IsConnected(peer)) return;
            await Task.WhenAny(met.Task, Task.Delay(unreached?.RetryAfter ?? RetryPause, _time, _stopping.Token));
        }
        finally
        {
            _host.PeerChanged -= OnPeerChanged;
        }

        void OnPeerChanged(object? sender, PeerEventArgs change)
        {
            if (change.Kind == PeerEventKind.Connected && change.Peer == peer) met.TrySetResult();
        }
    }

    private async Task ReceiveAsync(Libp2pStream stream, CancellationToken cancellationToken)
    {
        if (Array.IndexOf(_peers, stream.RemotePeer) < 0)
        {
            stream.Reset();
            return;
        }
        while (await stream.ReadMessageAsync(ConsensusLimits.MaxWireBytes, cancellationToken) is { } message)
        {
            // The engine is looked at first: whoever is in a later set than its own is then none of its peers, and not taken for another.
            if (_port.Engine is not { } engine || engine.Receive(Array.IndexOf(_peers, stream.RemotePeer), message)) continue;
            LogMalformed(stream.RemotePeer.ToString());
            stream.Reset();
            return;
        }
    }

    [LoggerMessage(120, LogLevel.Debug, "Consensus stream to {Peer} is open.")]
    private partial void LogConnected(string peer);

    [LoggerMessage(121, LogLevel.Debug, "Consensus stream to {Peer} was lost: {Reason}")]
    private partial void LogLost(string peer, string reason);

    [LoggerMessage(122, LogLevel.Warning, "{Peer} sent something that is no consensus message.")]
    private partial void LogMalformed(string peer);
}
