namespace Pyrsia.Libp2p;

/// <summary>Exponential back-off with full jitter: after n failures a random time up to min(cap, floor * 2^n), never under the floor.</summary>
internal sealed class Backoff(TimeSpan floor, TimeSpan cap, Func<double> random)
{
    private int failures;

    /// <summary>Time to wait after one more failure.</summary>
    public TimeSpan Next()
    {
        var limit = floor * Math.Pow(2, Math.Min(failures++, 30));
        if (limit > cap) limit = cap;
        return floor + (limit - floor) * random();
    }

    /// <summary>It worked: start over.</summary>
    public void Reset() => failures = 0;
}
