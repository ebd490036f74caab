namespace Pyrsia.Libp2p;

internal sealed partial class YamuxConnection
{
    /// <summary>How long a peer may take to finish a stream that this side has left.</summary>
    private static readonly TimeSpan LingerTimeout = TimeSpan.FromSeconds(10);

    /// <summary>The stream has something to send, to finish or to drop.</summary>
    internal void Ready(YamuxStream stream)
    {
        lock (gate) Enqueue(stream);
        Wake();
    }

    internal void Acknowledge(YamuxStream stream)
    {
        lock (gate) session.Acknowledge(stream.State);
        Wake();
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

    private async Task WriteLoopAsync()
    {
        try
        {
            while (true)
            {
                Fill();
                if (channel.Pending > 0)
                {
                    await channel.FlushAsync(stopped.Token).ConfigureAwait(false);
                    continue;
                }
                if (closing) drained.TrySetResult();
                await wake.WaitAsync(stopped.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Abort(e is OperationCanceledException ? Closed() : e);
        }
        drained.TrySetResult();
        EndOutputs();
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
        lock (gate) session.Finish(stream.State);
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
