namespace Pyrsia.Libp2p;

/// <summary>How a host turns a circuit into a direct connection.</summary>
public sealed record HolePunchOptions
{
    /// <summary>Also dials and tells addresses that are not of the Internet: for networks of their own, and tests.</summary>
    public bool AllowPrivate { get; init; }

    /// <summary>Time for one attempt, and for dialing the addresses that the other side announces before the first. TCP sends its first packet at 0, 1 and 3 s, so that the third still finds the hole that the other side's made.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Time between two looks at a circuit that a direct connection has replaced: when no stream is left on it, it is closed. The 24 looks that there are at most are the two minutes that relays let a circuit stand for.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Refuses options that make no sense.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A time is not more than zero or longer than <see cref="Libp2pHostOptions.LongestWait"/>.</exception>
    public void Validate()
    {
        OptionRange.Time(AttemptTimeout);
        OptionRange.Time(Grace);
    }
}
