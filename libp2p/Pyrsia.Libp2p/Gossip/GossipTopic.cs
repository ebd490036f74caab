using System.Threading.Channels;

namespace Pyrsia.Libp2p;

/// <summary>A topic that was joined. Leaving is disposing.</summary>
public sealed class GossipTopic : IDisposable
{
    /// <summary>Messages that wait to be read; the oldest are dropped first.</summary>
    public const int MaxWaiting = 1024;

    private readonly GossipSub gossip;
    private readonly Channel<GossipMessage> messages = Channel.CreateBounded<GossipMessage>(new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.DropOldest });

    internal GossipTopic(GossipSub gossip, string name, Func<GossipMessage, CancellationToken, ValueTask<GossipVerdict>>? validator)
    {
        (this.gossip, Name, Validator) = (gossip, name, validator);
    }

    /// <summary>The topic.</summary>
    public string Name { get; }

    internal Func<GossipMessage, CancellationToken, ValueTask<GossipVerdict>>? Validator { get; }

    /// <summary>Messages of others as they come, each once, until the topic is left.</summary>
    public IAsyncEnumerable<GossipMessage> ReadAllAsync(CancellationToken cancellationToken = default) => messages.Reader.ReadAllAsync(cancellationToken);

    /// <summary>Publishes.</summary>
    /// <returns>How many peers it goes to at once.</returns>
    /// <exception cref="ArgumentException">There is too much data.</exception>
    public int Publish(ReadOnlyMemory<byte> data) => gossip.Publish(Name, data);

    /// <summary>Leaves the topic.</summary>
    public void Dispose()
    {
        gossip.Leave(this);
        End();
    }

    internal void Deliver(GossipMessage message) => messages.Writer.TryWrite(message);

    internal void End() => messages.Writer.TryComplete();
}
