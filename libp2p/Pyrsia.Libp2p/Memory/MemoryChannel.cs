namespace Pyrsia.Libp2p;

/// <summary>One end of a connection in memory: the driver of two <see cref="MemoryFlow"/>s. All state is guarded by the network's lock.</summary>
internal sealed class MemoryChannel : IByteChannel
{
    /// <summary>Wait after a clock whose ticks are coarser than its timestamps woke this too early.</summary>
    private static readonly TimeSpan ShortestNap = TimeSpan.FromMilliseconds(1);

    private readonly MemoryLink link;
    private readonly MemoryNetwork network;
    private readonly MemoryFlow incoming = new();
    private MemoryChannel other = null!;
    private ITimer? timer;
    private TaskCompletionSource? reading;
    private TaskCompletionSource? writing;
    private bool ended;
    private bool refused;
    private bool closed;
    private bool cut;

    private MemoryChannel(MemoryLink link, ulong local, ulong remote)
    {
        this.link = link;
        network = link.Network;
        LocalAddress = Multiaddr.FromMemory(local);
        RemoteAddress = Multiaddr.FromMemory(remote);
        link.Add(this);
    }

    public Multiaddr LocalAddress { get; }

    public Multiaddr RemoteAddress { get; }

    /// <summary>Both ends of a connection that stands.</summary>
    /// <param name="link">The way between them.</param>
    /// <param name="near">Number of the first.</param>
    /// <param name="far">Number of the second.</param>
    public static (MemoryChannel Near, MemoryChannel Far) Pair(MemoryLink link, ulong near, ulong far)
    {
        lock (link.Network.Gate)
        {
            var ends = (Near: new MemoryChannel(link, near, far), Far: new MemoryChannel(link, far, near));
            (ends.Near.other, ends.Far.other) = (ends.Far, ends.Near);
            return ends;
        }
    }

    public async ValueTask<int> ReceiveAsync(Memory<byte> into, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task wait;
            lock (network.Gate)
            {
                ThrowIfClosed();
                if (incoming.TryTake(network.Now, into.Span, out var count))
                {
                    if (count > 0) Wake(ref other.writing);
                    return count;
                }
                wait = (reading ??= NewSignal()).Task;
                Arm();
            }
            await wait.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        for (var waited = false; !bytes.IsEmpty; waited = true)
        {
            Task wait;
            lock (network.Gate)
            {
                ThrowIfClosed();
                if (ended) throw new ConnectionClosedException("The connection in memory was ended by this side.");
                if (incoming.GoneArrival <= network.Now)
                {
                    // As over TCP, whose end says nothing of whether the other side still reads: the answer to the first packet does.
                    if (waited || refused) throw new ConnectionClosedException("The other end of the connection in memory was closed.");
                    refused = true;
                    return;
                }
                var count = Math.Min(bytes.Length, other.incoming.Room);
                if (count > 0)
                {
                    other.incoming.Send(bytes.Span[..count], link.Arrival);
                    other.Arrives();
                    bytes = bytes[count..];
                    if (bytes.IsEmpty) return;
                }
                wait = (writing ??= NewSignal()).Task;
                Arm();
            }
            await wait.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public bool TryEndSending()
    {
        lock (network.Gate)
        {
            if (closed || ended) return !closed;
            ended = true;
            other.incoming.Send(MemoryMark.End, link.Arrival);
            other.Arrives();
            return true;
        }
    }

    public void Abort()
    {
        lock (network.Gate)
        {
            if (closed) return;
            if (!cut && !other.closed) other.incoming.Send(MemoryMark.Gone, link.Arrival);
            Close();
            if (!cut) other.Arrives();
        }
    }

    public ValueTask DisposeAsync()
    {
        Abort();
        return ValueTask.CompletedTask;
    }

    /// <summary>The link resets the connection; called under the lock.</summary>
    internal void Cut()
    {
        cut = true;
        Wake(ref reading);
        Wake(ref writing);
    }

    /// <summary>The link has fallen silent, or speaks again; called under the lock.</summary>
    internal void LinkChanged(bool silent)
    {
        if (silent) incoming.HoldUp(network.Now);
        else incoming.Release(link.Arrival);
        if (!silent) Arrives();
    }

    /// <summary>Something is under way to this end.</summary>
    private void Arrives()
    {
        if (reading is null && writing is null) return;
        var now = network.Now;
        if (incoming.NextArrival <= now) Wake(ref reading);
        if (incoming.GoneArrival <= now) Wake(ref writing);
        Arm();
    }

    /// <summary>Sets the timer for what this end waits for.</summary>
    private void Arm(TimeSpan atLeast = default)
    {
        if (closed) return;
        var next = reading is null ? null : incoming.NextArrival;
        if (writing is not null && incoming.GoneArrival is { } gone && !(next <= gone)) next = gone;
        if (next is not { } due || due == MemoryFlow.Never) return;
        var wait = due - network.Now;
        if (wait < atLeast) wait = atLeast;
        if (timer is null) timer = network.Time.CreateTimer(end => ((MemoryChannel)end!).OnTimer(), this, wait, Timeout.InfiniteTimeSpan);
        else timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    private void OnTimer()
    {
        lock (network.Gate)
        {
            var now = network.Now;
            if (incoming.NextArrival <= now) Wake(ref reading);
            if (incoming.GoneArrival <= now) Wake(ref writing);
            Arm(ShortestNap);
        }
    }

    private void Close()
    {
        closed = true;
        incoming.Clear();
        timer?.Dispose();
        Wake(ref reading);
        Wake(ref writing);
        link.Remove(this);
    }

    private void ThrowIfClosed()
    {
        if (closed) throw new ConnectionClosedException("The connection in memory was closed.");
        if (cut) throw new ConnectionClosedException("The connection in memory was cut.");
    }

    private static void Wake(ref TaskCompletionSource? waits)
    {
        waits?.TrySetResult();
        waits = null;
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
