namespace Pyrsia.Libp2p;

/// <summary>A token that fires when time is over or the caller gives up, and tells the two apart.</summary>
internal sealed class Deadline : IDisposable
{
    private readonly CancellationTokenSource source;
    private readonly CancellationToken outer;
    private readonly CancellationTokenRegistration given;
    private readonly CancellationTokenRegistration stopped;

    /// <summary>Begins to count.</summary>
    /// <param name="limit">Time until the token fires; <see cref="Timeout.InfiniteTimeSpan"/> for never.</param>
    /// <param name="time">The clock.</param>
    /// <param name="outer">The caller's token.</param>
    /// <param name="stopping">Another token that ends the work, a host's.</param>
    public Deadline(TimeSpan limit, TimeProvider time, CancellationToken outer, CancellationToken stopping = default)
    {
        this.outer = outer;
        source = new CancellationTokenSource(limit, time);
        given = outer.UnsafeRegister(Fire, source);
        stopped = stopping.UnsafeRegister(Fire, source);
    }

    /// <summary>Fires when time is over, the caller gives up or <see cref="CancelAsync"/> is called.</summary>
    public CancellationToken Token => source.Token;

    /// <summary>The token has fired although the caller did not give up.</summary>
    public bool Passed => source.IsCancellationRequested && !outer.IsCancellationRequested;

    /// <summary>Counts anew from now.</summary>
    public void Extend(TimeSpan limit) => source.CancelAfter(limit);

    /// <summary>Fires now.</summary>
    public Task CancelAsync() => source.CancelAsync();

    public void Dispose()
    {
        given.Dispose();
        stopped.Dispose();
        source.Dispose();
    }

    private static void Fire(object? source) => ((CancellationTokenSource)source!).Cancel();
}
