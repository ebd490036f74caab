namespace Pyrsia.Libp2p;

/// <summary>How a host finds out whether it is reached, and what it does for others who want to know.</summary>
public sealed record AutoNatOptions
{
    /// <summary>Dials back for others. Ask of hosts that are reached themselves. On by default: where nobody answers nobody learns, and what it costs is bounded by 60 dials a minute.</summary>
    public bool Serve { get; init; } = true;

    /// <summary>Also asks for and dials addresses that are not of the Internet: for networks of their own, and tests.</summary>
    public bool AllowPrivate { get; init; }

    /// <summary>Time between two rounds of questions once it is known how the host is reached. Routers change rarely; a server that dials 60 times a minute has room for some hundred hosts that ask so often about a few addresses each.</summary>
    public TimeSpan RefreshInterval { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Time between two rounds before that: what is not known is not announced, and a server answers a network twelve times a minute.</summary>
    public TimeSpan RetryInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Quiet time after a peer was identified before a round begins, so that one round asks several: those whom a host dials when it starts are identified within a second or two.</summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long one question may take: ten seconds for a dial that times out, and as much for sending 100,000 bytes before it, at 80 kbit/s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Dials a minute for others in sum: one a second costs a handshake's work and no socket that another part would miss.</summary>
    public int MaxDials { get; init; } = 60;

    /// <summary>Dials a minute for one machine, an IPv4 address or 64 bits of IPv6: a host with several addresses asks for each.</summary>
    public int MaxDialsPerMachine { get; init; } = 12;

    /// <summary>Dials a minute to another address than the asker's, each with up to 100,000 bytes before it: at most 160 kbit/s come in for them.</summary>
    public int MaxForeignDials { get; init; } = 12;

    /// <summary>Requests of others under way at once; each may hold a dial for <see cref="Timeout"/>, so that a quarter of a minute's dials can wait for silent hosts.</summary>
    public int MaxPending { get; init; } = 16;

    /// <summary>Refuses options that make no sense.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A time is not more than zero or longer than <see cref="Libp2pHostOptions.LongestWait"/>, <see cref="Settle"/> negative, a number of dials negative, or <see cref="MaxPending"/> less than 1.</exception>
    public void Validate()
    {
        OptionRange.Time(RefreshInterval);
        OptionRange.Time(RetryInterval);
        OptionRange.Time(Timeout);
        ArgumentOutOfRangeException.ThrowIfLessThan(Settle, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxDials);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxDialsPerMachine);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxForeignDials);
        OptionRange.Count(MaxPending);
    }
}
