namespace Pyrsia.Libp2p;

internal sealed partial class YamuxSession
{
    /// <summary>A window that empties within this many round trips limits the sender and is doubled.</summary>
    private const int FastRoundTrips = 2;

    /// <summary>On a local link the round trip is shorter than the scheduler's jitter; a window that empties this fast is doubled too.
    /// Not longer: a window of more than a few megabytes on a local link only takes its data out of the processor's cache.</summary>
    private static readonly TimeSpan FastFloor = TimeSpan.FromMilliseconds(1);

    /// <summary>The reader took <paramref name="count"/> bytes. Once half the window is consumed the peer is told, and a window that limits a fast sender grows.</summary>
    /// <returns>True when a window update was queued.</returns>
    public bool Consumed(YamuxStreamState stream, int count, TimeSpan now, TimeSpan roundTrip)
    {
        if (stream.Reset || stream.RemoteFinished) return false;
        stream.Unreported += count;
        if (stream.Unreported < stream.WindowTarget / 2) return false;
        var delta = stream.Unreported + Grow(stream, now, roundTrip);
        stream.Unreported = 0;
        stream.LastUpdate = now;
        stream.ReceiveWindow += delta;
        Queue(new YamuxHeader(YamuxType.WindowUpdate, YamuxFlags.None, stream.Id, (uint)delta));
        return true;
    }

    /// <summary>Has the window grow from this memory too. A window that has grown before is none of its: that was in a negotiation of a few bytes.</summary>
    public static void GrowFrom(YamuxStreamState stream, IWindowBudget budget)
    {
        if (!stream.Reset && stream.WindowTarget == YamuxOptions.InitialWindow) stream.Budget = budget;
    }

    private long Grow(YamuxStreamState stream, TimeSpan now, TimeSpan roundTrip)
    {
        var fast = roundTrip * FastRoundTrips;
        if (fast < FastFloor) fast = FastFloor;
        if (now - stream.LastUpdate > fast) return 0;
        var growth = Math.Min(stream.WindowTarget, options.MaxWindow - stream.WindowTarget);
        growth = Math.Min(growth, options.MaxWindowGrowth - Growth);
        if (growth <= 0 || ended || stream.Budget?.TryGrow(growth) == false) return 0;
        if (options.Budget?.TryGrow(growth) == false)
        {
            stream.Budget?.Shrink(growth);
            return 0;
        }
        Growth += growth;
        stream.WindowTarget += growth;
        return growth;
    }

    /// <summary>The session is over: gives back what windows were grown by, and grows none any more, whatever readers still take.</summary>
    public void End()
    {
        ended = true;
        foreach (var stream in streams.Values) Shrink(stream);
    }

    private void Shrink(YamuxStreamState stream)
    {
        var growth = stream.WindowTarget - YamuxOptions.InitialWindow;
        if (growth == 0) return;
        Growth -= growth;
        stream.WindowTarget = YamuxOptions.InitialWindow;
        stream.Budget?.Shrink(growth);
        options.Budget?.Shrink(growth);
    }
}
