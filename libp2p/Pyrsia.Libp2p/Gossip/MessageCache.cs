namespace Pyrsia.Libp2p;

/// <summary>The messages of the last heartbeats, for those who ask for them. Bounded in bytes.
/// https://github.com/libp2p/specs/blob/master/pubsub/gossipsub/gossipsub-v1.0.md#message-cache</summary>
internal sealed class MessageCache(int length, int gossip, long maxBytes)
{
    private readonly Dictionary<GossipMessageId, CachedMessage> messages = [];
    private readonly LinkedList<List<GossipMessageId>> windows = new([[]]);
    private long bytes;

    /// <summary>Keeps a message from now on.</summary>
    public void Put(GossipMessageId id, GossipMessage message)
    {
        if (!messages.TryAdd(id, new CachedMessage(message))) return;
        bytes += message.Data.Length;
        windows.First!.Value.Add(id);
        while (bytes > maxBytes && windows.Count > 1) DropOldest();
    }

    /// <summary>The message, when the peer has not had it <paramref name="limit"/> times.</summary>
    public GossipMessage? Take(GossipMessageId id, PeerId peer, int limit)
    {
        if (!messages.TryGetValue(id, out var cached) || cached.SentTo.GetValueOrDefault(peer) >= limit) return null;
        cached.SentTo[peer] = cached.SentTo.GetValueOrDefault(peer) + 1;
        return cached.Message;
    }

    /// <summary>Ids of a topic's latest messages.</summary>
    public List<GossipMessageId> Recent(string topic) =>
        [.. windows.Take(gossip).SelectMany(window => window).Where(id => messages[id].Message.Topic == topic)];

    /// <summary>A heartbeat has passed.</summary>
    public void Shift()
    {
        windows.AddFirst([]);
        while (windows.Count > length) DropOldest();
    }

    private void DropOldest()
    {
        foreach (var id in windows.Last!.Value)
            if (messages.Remove(id, out var cached)) bytes -= cached.Message.Data.Length;
        windows.RemoveLast();
    }

    private sealed record CachedMessage(GossipMessage Message)
    {
        public Dictionary<PeerId, int> SentTo { get; } = [];
    }
}
