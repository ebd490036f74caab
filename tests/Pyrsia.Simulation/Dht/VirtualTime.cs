namespace Pyrsia.Simulation.Dht;

/// <summary>A clock that moves from one event to the next.</summary>
internal sealed class VirtualTime
{
    private readonly PriorityQueue<Action, (DateTimeOffset At, long Sequence)> events = new();
    private long sequence;

    public DateTimeOffset Now { get; private set; } = DateTimeOffset.UnixEpoch;

    public void After(TimeSpan delay, Action action) => events.Enqueue(action, (Now + delay, sequence++));

    public void RunUntil(DateTimeOffset end)
    {
        while (events.TryPeek(out _, out var next) && next.At <= end)
        {
            Now = next.At;
            events.Dequeue()();
        }
        Now = end;
    }
}
