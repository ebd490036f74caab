using System.Diagnostics.Tracing;

namespace Pyrsia.Tests.Libp2p;

/// <summary>Counts the arrays that the process has taken from the shared pools and not given back, as the platform tells it.</summary>
internal sealed class PooledBuffers : EventListener
{
    private const int EventRented = 1;
    private const int EventReturned = 3;

    private long held;

    /// <summary>Taken since this listens, without those given back; below zero when more was given back that was taken before.</summary>
    public long Held => Volatile.Read(ref held);

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == "System.Buffers.ArrayPoolEventSource") EnableEvents(eventSource, EventLevel.Verbose);
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (eventData.EventId == EventRented) Interlocked.Increment(ref held);
        if (eventData.EventId == EventReturned) Interlocked.Decrement(ref held);
    }
}
