namespace Pyrsia.Libp2p;

/// <summary>Messages that came already, with what was found of them. Bounded in time and number.</summary>
internal sealed class SeenMessages(long lifetime, int max)
{
    private readonly Dictionary<GossipMessageId, SeenMessage> messages = [];
    private readonly Queue<(GossipMessageId Id, long Until)> order = [];

    public SeenMessage? Find(GossipMessageId id) => messages.GetValueOrDefault(id);

    public SeenMessage Add(GossipMessageId id, long now)
    {
        Forget(now);
        if (messages.Count >= max) messages.Remove(order.Dequeue().Id);
        var seen = new SeenMessage();
        messages.Add(id, seen);
        order.Enqueue((id, now + lifetime));
        return seen;
    }

    public void Forget(long now)
    {
        while (order.TryPeek(out var oldest) && oldest.Until <= now) messages.Remove(order.Dequeue().Id);
    }
}
