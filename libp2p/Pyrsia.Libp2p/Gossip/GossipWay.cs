using System.Threading.Channels;

namespace Pyrsia.Libp2p;

/// <summary>What waits to be said to a peer, and whether it is still spoken to.</summary>
internal sealed class GossipWay : IAsyncDisposable
{
    /// <summary>What a peer may have waiting for it; what is older goes first, for gossip is repeated.</summary>
    private const int MaxQueued = 512;

    private readonly CancellationTokenSource lost = new();

    public GossipWay() => Lost = lost.Token;

    public Channel<byte[]> Queue { get; } = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(MaxQueued) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    /// <summary>The peer is not spoken to any more.</summary>
    public CancellationToken Lost { get; }

    public async ValueTask DisposeAsync()
    {
        Queue.Writer.TryComplete();
        await lost.CancelAsync().ConfigureAwait(false);
        lost.Dispose();
    }
}
