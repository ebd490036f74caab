using System.Threading.Channels;
using Pyrsia.Consensus;
using Pyrsia.Libp2p;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Authority.Cluster;

/// <summary>
/// Consensus messages over libp2p: one stream each way between two authorities, each message with its length before it. Streams
/// are taken from the peer ids of the sitting set only. A peer that is slow or away loses messages; the protocol repeats what matters.
/// </summary>
internal sealed partial class ConsensusStreams : IConsensusTransport, IAsyncDisposable
{
    /// <summary>Protocol id on a libp2p stream.</summary>
    internal const string Protocol = "/pyrsia/consensus/1.0.0";

    /// <summary>Messages that wait for one peer; the oldest are dropped first, for newer ones make them obsolete.</summary>
    private const int MaxQueued = 1024;

    /// <summary>Streams that one authority may have open: its present one, and one that is just replaced.</summary>
    private const int MaxStreamsPerPeer = 4;

    /// <summary>Pause before a peer that could not be reached is tried again.</summary>
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(500);

    /// <summary>How long one message may take to leave.</summary>
    private static readonly TimeSpan SendTimeout = TimeSpan.FromSeconds(10);

    private readonly Libp2pHost _host;
    private readonly PeerId[] _peers;
    private readonly int _self;
    private readonly EnginePort _port;
    private readonly TimeProvider _time;
    private readonly ILogger<ConsensusStreams> _logger;
    private readonly Channel<ReadOnlyMemory<byte>>[] _queues;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task[] _senders;

    internal ConsensusStreams(Libp2pHost host, GenesisDocument genesis, int self, EnginePort port, TimeProvider time, ILogger<ConsensusStreams> logger)
    {
        (_host, _self, _port, _time, _logger) = (host, self, port, time, logger);
        _peers = [.. genesis.Authorities.Select(authority => PeerId.Parse(authority.PeerId))];
        _queues = [.. _peers.Select(_ => Channel.CreateBounded<ReadOnlyMemory<byte>>(new BoundedChannelOptions(MaxQueued) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true }))];
        host.Handle(Protocol, ReceiveAsync, new ProtocolLimits { MaxStreams = MaxStreamsPerPeer * _peers.Length, MaxStreamsPerPeer = MaxStreamsPerPeer });
        _senders = [.. Enumerable.Range(0, _peers.Length).Where(i => i != self).Select(i => Task.Run(() => SendLoopAsync(i)))];
    }

    public void Send(int participant, ReadOnlyMemory<byte> message)
    {
        if (participant != _self) _queues[participant].Writer.TryWrite(message);
    }

    public void Broadcast(ReadOnlyMemory<byte> message)
    {
        for (var i = 0; i < _queues.Length; i++) Send(i, message);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_senders);
        _stopping.Dispose();
    }

    private async Task SendLoopAsync(int peer)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await using var stream = await _host.OpenStreamAsync(_peers[peer], Protocol, _stopping.Token);
                _port.Engine?.PeerConnected(peer);
                LogConnected(_peers[peer].ToString());
                await foreach (var message in _queues[peer].Reader.ReadAllAsync(_stopping.Token))
                {
                    using var limit = new CancellationTokenSource(SendTimeout, _time);
                    using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _stopping.Token);
                    await stream.WriteMessageAsync(message, both.Token);
                }
            }
            catch (Exception e) when (e is IOException or TimeoutException or OperationCanceledException)
            {
                if (_stopping.IsCancellationRequested) return;
                LogLost(_peers[peer].ToString(), e.Message);
                await Pause();
            }
        }
    }

    private async Task Pause()
    {
        try
        {
            await Task.Delay(RetryPause, _time, _stopping.Token);
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    private async Task ReceiveAsync(Libp2pStream stream, CancellationToken cancellationToken)
    {
        var from = Array.IndexOf(_peers, stream.RemotePeer);
        if (from < 0 || from == _self)
        {
            stream.Reset();
            return;
        }
        while (await stream.ReadMessageAsync(ConsensusLimits.MaxMessageBytes, cancellationToken) is { } message)
        {
            if (_port.Engine is not { } engine || engine.Receive(from, message)) continue;
            LogMalformed(_peers[from].ToString());
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
