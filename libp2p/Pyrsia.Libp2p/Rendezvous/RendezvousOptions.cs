namespace Pyrsia.Libp2p;

/// <summary>What a rendezvous point takes. The defaults are the specification's, and a bound on its memory.</summary>
public sealed record RendezvousOptions
{
    /// <summary>Longest namespace, in bytes of UTF-8.</summary>
    public const int MaxNamespaceLength = 255;

    /// <summary>Longest signed peer record, in bytes: two dozen addresses fit.</summary>
    public const int MaxRecordLength = 2 * 1024;

    /// <summary>Time that a registration holds when its peer does not say.</summary>
    public TimeSpan DefaultTtl { get; init; } = TimeSpan.FromHours(2);

    /// <summary>Shortest time that a peer may ask for.</summary>
    public TimeSpan MinTtl { get; init; } = TimeSpan.FromHours(2);

    /// <summary>Longest time that a peer may ask for.</summary>
    public TimeSpan MaxTtl { get; init; } = TimeSpan.FromHours(72);

    /// <summary>Registrations of one peer.</summary>
    public int MaxPerPeer { get; init; } = 1000;

    /// <summary>Registrations in sum; each takes up to 3 KiB.</summary>
    public int MaxRegistrations { get; init; } = 16 * 1024;

    /// <summary>Refuses options that make no sense.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number is less than 1, a time not more than zero or longer than <see cref="Libp2pHostOptions.LongestWait"/>, or the default not between the shortest and the longest.</exception>
    public void Validate()
    {
        OptionRange.Count(MaxPerPeer);
        OptionRange.Count(MaxRegistrations);
        OptionRange.Times(MinTtl, DefaultTtl);
        OptionRange.Times(DefaultTtl, MaxTtl);
    }
}
