namespace Pyrsia.Tests.Node;

/// <summary>A clock whose date a test sets; timers and durations run as on the system's, so that what waits goes on.</summary>
internal sealed class SettableTime(DateTimeOffset now) : TimeProvider
{
    private DateTimeOffset _now = now;

    public override DateTimeOffset GetUtcNow() => _now;

    internal void Advance(TimeSpan by) => _now += by;
}
