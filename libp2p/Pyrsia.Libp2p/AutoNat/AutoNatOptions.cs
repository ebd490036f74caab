namespace Pyrsia.Libp2p;

/// <summary>How a host finds out whether it is reached, and what it does for others who want to know.</summary>
public sealed record AutoNatOptions
{
    /// <summary>Dials back for others. Ask of hosts that are reached themselves.</summary>
    public bool Serve { get; init; } = true;

    /// <summary>Also asks for and dials addresses that are not of the Internet: for networks of their own, and tests.</summary>
    public bool AllowPrivate { get; init; }

    /// <summary>Time between two rounds of questions once it is known how the host is reached.</summary>
    public TimeSpan RefreshInterval { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Time between two rounds before that.</summary>
    public TimeSpan RetryInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Quiet time after a peer was identified before a round begins, so that one round asks several.</summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long one question may take: a dial that times out, and sending bytes before it.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(20);
}
