namespace Pyrsia.Libp2p;

internal sealed partial class YamuxConnection
{
    /// <summary>How long a peer may take to finish a stream that this side has left.</summary>
    private static readonly TimeSpan LingerTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Calls of <see cref="Wake"/> that the one who writes has not seen to; one from the beginning, which <see cref="Start"/> sees to.</summary>
    private int wishes = 1;

    /// <summary>The stream has something to send, to finish or to drop.</summary>
    internal void Ready(YamuxStream stream)
    {
        lock (gate) Enqueue(stream);
        Wake();
    }

    /// <summary>Leaves with whatever is sent next, which is the answer to the first proposal as a rule.</summary>
    internal void Acknowledge(YamuxStream stream)
    {
        lock (gate) session.Acknowledge(stream.State);
    }

    internal void GrowFrom(YamuxStream stream, IWindowBudget budget)
    {
        lock (gate) YamuxSession.GrowFrom(stream.State, budget);
    }

    internal void Consumed(YamuxStream stream, int count)
    {
        bool update;
        lock (gate) update = session.Consumed(stream.State, count, Now, RoundTrip);
        if (update) Wake();
    }

    internal void Reset(YamuxStream stream)
    {
        lock (gate)
        {
            session.Reset(stream.State);
            Enqueue(stream);
        }
        resets.Enqueue(stream);
        ReleaseOpening(stream);
        Wake();
    }

    internal async void ResetLater(YamuxStream stream)
    {
        try
        {
            await Task.Delay(LingerTimeout, time, stopped.Token).ConfigureAwait(false);
            if (!stream.IsDone) Reset(stream);
        }
        catch (OperationCanceledException)
        {
            // The connection ended first, and every stream with it.
        }
    }

    private void Enqueue(YamuxStream stream)
    {
        if (stream.Queued) return;
        stream.Queued = true;
        ready.Enqueue(stream);
    }

    /// <summary>Something waits to be sent: the caller sends it, unless somebody does so already, who then takes it along.</summary>
    private void Wake()
    {
        if (Interlocked.Increment(ref wishes) == 1) _ = WriteAsync();
    }

    /// <summary>Sends until nothing waits, and for the last time when the connection closes. The caller of <see cref="Wake"/> gives its own thread for one batch and no more, so that nobody sends for others for long.</summary>
    private async Task WriteAsync()
    {
        try
        {
            var lent = true;
            for (var batches = 0; Failure is null;)
            {
                var seen = Volatile.Read(ref wishes);
                // Before the queue is looked at, so that the go-away is found in it.
                var last = Volatile.Read(ref closing);
                Fill();
                if (channel.Pending == 0)
                {
                    // The sending side ends after the go-away: a later answer to the peer would fail, cut the connection, and with it what the peer has not read.
                    if (last) break;
                    if (Interlocked.Add(ref wishes, -seen) == 0) return;
                    continue;
                }
                if (lent && batches++ > 0)
                {
                    lent = false;
                    await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
                }
                traffic?.Sent(channel.Pending);
                await channel.FlushAsync(stopped.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Abort(e is OperationCanceledException ? Closed() : e);
        }
        // The wishes stay, so that nobody writes any more.
        drained.TrySetResult();
        EndOutputs();
        written.TrySetResult();
    }

    /// <summary>Gathers one batch: all control frames, then a quantum of each ready stream in turn.</summary>
    private void Fill()
    {
        Span<byte> bytes = stackalloc byte[YamuxHeader.Size];
        while (channel.Pending < BatchLength)
        {
            YamuxStream? stream = null;
            lock (gate)
            {
                if (!session.TryTakeControl(out var header))
                {
                    if (!ready.TryDequeue(out stream)) return;
                    stream.Queued = false;
                }
                else
                {
                    header.Write(bytes);
                }
            }
            if (stream is null) channel.Append(bytes);
            else SendQuantum(stream);
        }
    }

    private void SendQuantum(YamuxStream stream)
    {
        var output = stream.Output;
        if (stream.OutputDone) return;
        if (stream.State.Reset)
        {
            stream.EndOutput(new StreamResetException("The stream was reset."));
            return;
        }
        if (!output.TryRead(out var result)) return;
        var buffer = result.Buffer;
        var count = 0;
        var again = false;
        lock (gate)
        {
            count = (int)Math.Min(YamuxSession.SendCredit(stream.State), buffer.Length);
            if (count > 0)
            {
                Span<byte> bytes = stackalloc byte[YamuxHeader.Size];
                YamuxSession.Send(stream.State, count).Write(bytes);
                channel.Append(bytes);
            }
            again = count < buffer.Length && YamuxSession.SendCredit(stream.State) > 0;
            if (again) Enqueue(stream);
        }
        foreach (var segment in buffer.Slice(0, count)) channel.Append(segment.Span);
        var finished = result.IsCompleted && count == buffer.Length;
        output.AdvanceTo(buffer.GetPosition(count));
        if (!finished) return;
        lock (gate)
        {
            // js-libp2p does not tell a handler of an end that came before it; what the peer has answered has a handler.
            stream.EndsLater = !stream.State.Inbound && !stream.State.Acknowledged && !stream.State.RemoteFinished && !closing;
            if (stream.EndsLater) return;
            session.Finish(stream.State);
        }
        stream.EndOutput(null);
        if (stream.State.RemoteFinished) ReleaseOpening(stream);
    }

    private void EndOutputs()
    {
        YamuxStream[] open;
        lock (gate)
        {
            open = [.. ready, .. session.Streams.Select(s => s.Driver).OfType<YamuxStream>()];
            ready.Clear();
        }
        foreach (var stream in open) stream.EndOutput(Closed());
    }
}
