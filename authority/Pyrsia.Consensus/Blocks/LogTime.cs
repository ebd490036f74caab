namespace Pyrsia.Consensus;

/// <summary>
/// Deadlines run in log time. It advances with the blocks, by at most two minutes a block, so an outage of the quorum expires nothing at once.
/// </summary>
public static class LogTime
{
    /// <summary>The largest step of one block, milliseconds: two heartbeats.</summary>
    public const long MaxStepMs = 120_000;

    /// <summary>Log time of a block at <paramref name="timeMs"/> whose parent has the given time and log time.</summary>
    public static long After(long parentTimeMs, long parentLogTimeMs, long timeMs) =>
        parentLogTimeMs + Math.Clamp(timeMs - parentTimeMs, 0, MaxStepMs);
}
