namespace Pyrsia.Libp2p;

/// <summary>When a silent peer is suspected and when it is given up.</summary>
public sealed record HeartbeatOptions
{
    /// <summary>Shortest interval that is accepted; shorter ones cost more than they tell.</summary>
    public static readonly TimeSpan MinInterval = TimeSpan.FromMilliseconds(50);

    /// <summary>Shortest silence after which a peer is asked for a sign of life. One whose answers come fast is asked later, by another interval at most:
    /// as late as leaves TCP the time to repeat question or answer twice before <see cref="SuspectAfter"/>.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMilliseconds(900);

    /// <summary>Silence after which a peer is suspected. Requests go elsewhere from then on. By default an answer has 0.9 s and four round trips, 1.8 s at most, and a frozen peer is suspected within three seconds.</summary>
    public TimeSpan SuspectAfter { get; init; } = TimeSpan.FromSeconds(2.7);

    /// <summary>Silence after which a peer is dead and its connections are closed: 9 s, so that the verdict comes before ten.</summary>
    public TimeSpan DeadAfter { get; init; } = TimeSpan.FromSeconds(9);

    /// <summary>Defaults for a dead-peer time, the other two in proportion: 1 s gives 100 ms and 350 ms.</summary>
    public static HeartbeatOptions ForDeadAfter(TimeSpan deadAfter)
    {
        var standard = new HeartbeatOptions();
        if (deadAfter >= standard.DeadAfter) return standard with { DeadAfter = deadAfter };
        return new HeartbeatOptions { DeadAfter = deadAfter, SuspectAfter = deadAfter * 0.35, Interval = deadAfter * 0.1 };
    }

    internal void Validate()
    {
        if (Interval < MinInterval || SuspectAfter <= Interval || DeadAfter <= SuspectAfter)
            throw new ArgumentException("A heartbeat needs 50 ms <= Interval < SuspectAfter < DeadAfter.");
    }
}
