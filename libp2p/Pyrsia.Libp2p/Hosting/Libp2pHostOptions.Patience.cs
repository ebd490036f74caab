namespace Pyrsia.Libp2p;

/// <summary>How long a host waits, how often it tries, and how much it remembers. Times are more than zero and no longer than <see cref="LongestWait"/>, and a longest wait is no shorter than its shortest.</summary>
public sealed partial record Libp2pHostOptions
{
    /// <summary>Longest time that any of these options may be: the platform's timers take 49 days at most, and what is not to happen within a month is not waited for.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromDays(30);

    /// <summary>Addresses that one dial tries, 1 at least; the rest is ignored. With a head start of 250 ms each the last of 16 joins after four seconds, within what a dial of one address may take.</summary>
    public int MaxDialAddresses { get; init; } = 16;

    /// <summary>Wait after an address first failed until it is dialed again when the peer is asked for: two head starts, in which a process that was restarted listens again.</summary>
    public TimeSpan DialRetryMin { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Longest such wait: an outage is over for this host within a minute also when the other side never dials. After as long a quiet time again an address starts over.</summary>
    public TimeSpan DialRetryMax { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Longest such wait for a peer that the program protects: it wants that one back within seconds, and a dial in five seconds costs nothing.</summary>
    public TimeSpan ProtectedDialRetryMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Shortest wait between two attempts at one address of <see cref="Bootstrap"/>: a restart of that peer is bridged, and a hundred hosts whose bootstrap is down dial it a hundred times a second at worst, and soon less.</summary>
    public TimeSpan BootstrapRetryMin { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest such wait; an outage of the bootstrap is over for this host within this time.</summary>
    public TimeSpan BootstrapRetryMax { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Shortest wait between two attempts at a reservation that a relay refused or whose relay was not reached: one that was restarted is back within seconds, and one that refuses is asked ever less.</summary>
    public TimeSpan ReservationRetryMin { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest such wait, and longest time between two refreshes of a reservation: half of the hour that the specification recommends for one.</summary>
    public TimeSpan ReservationRetryMax { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Time that a stream which no circuit may carry waits for a hole to be punched: three attempts of a few round trips.</summary>
    public TimeSpan HolePunchPatience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time for one identify exchange. As much as for agreeing on a protocol: a peer that takes longer serves nobody who waits for it.</summary>
    public TimeSpan IdentifyTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time that a closing host gives its handlers: connections have a second to send what is queued, and a supervisor that stops a process waits ten as a rule.</summary>
    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Connections that the kernel holds before they are accepted, 1 at least: the handshakes that one core is busy with for a second, at 2 ms each.</summary>
    public int ListenBacklog { get; init; } = 512;

    /// <summary>Bans that are remembered at once, 1 at least; the one that ends first makes room. A new identity costs an attacker little, so that a longer list would protect nobody.</summary>
    public int MaxBans { get; init; } = 4096;

    /// <summary>Peers that the <see cref="PeerStore"/> keeps, 1 at least; the one whose addresses expire first makes room. The default is as many as eighty lookups that ask a hundred each and meet nobody twice; at about a kilobyte each they are 8 MiB.</summary>
    public int MaxKnownPeers { get; init; } = PeerStore.DefaultMaxPeers;

    /// <summary>Time between two saves of the peer store's file; what was learned since the last one is all that a crash loses.</summary>
    public TimeSpan PeerStoreSaveInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Refuses options that make no sense.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number or a time is out of its range.</exception>
    /// <exception cref="ArgumentException">Options do not go together.</exception>
    public void Validate()
    {
        Heartbeat.Validate();
        Limits.Validate();
        if (Security.Count == 0 || Security.Distinct().Count() != Security.Count) throw new ArgumentException("A host has at least one security protocol, and each at most once.", nameof(Security));
        if (Memory is { } network && network.Time != Time) throw new ArgumentException("A host and its network in memory have the same clock.", nameof(Memory));
        OptionRange.Count(MaxDialAddresses);
        OptionRange.Count(ListenBacklog);
        OptionRange.Count(MaxBans);
        OptionRange.Count(MaxKnownPeers);
        OptionRange.Time(DialTimeout);
        OptionRange.Time(NegotiationTimeout);
        OptionRange.Time(HolePunchPatience);
        OptionRange.Time(IdentifyTimeout);
        OptionRange.Time(ShutdownTimeout);
        OptionRange.Time(PeerStoreSaveInterval);
        ArgumentOutOfRangeException.ThrowIfLessThan(DialStagger, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(DialStagger, LongestWait);
        OptionRange.Times(DialRetryMin, DialRetryMax);
        OptionRange.Times(DialRetryMin, ProtectedDialRetryMax);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ProtectedDialRetryMax, DialRetryMax);
        OptionRange.Times(BootstrapRetryMin, BootstrapRetryMax);
        OptionRange.Times(ReservationRetryMin, ReservationRetryMax);
    }
}
