namespace Pyrsia.Libp2p;

/// <summary>Parameters of the DHT. Where the specification names a number, the default is that one, apart from the time between two announcements.</summary>
public sealed record KadOptions
{
    /// <summary>Protocol id; peers with another one are another DHT.</summary>
    public string Protocol { get; init; } = "/ipfs/kad/1.0.0";

    /// <summary>Client or server at first; see <see cref="KadDht.Mode"/>.</summary>
    public KadMode Mode { get; init; } = KadMode.Server;

    /// <summary>Replication and bucket size, k.</summary>
    public int BucketSize { get; init; } = 20;

    /// <summary>Questions of one lookup that are open at once, alpha.</summary>
    public int Concurrency { get; init; } = 10;

    /// <summary>Paths of one lookup that share no peer. Whoever leads one astray leads only that one; S/Kademlia finds most of the gain between 4 and 8, and each costs some more questions.</summary>
    public int DisjointPaths { get; init; } = 4;

    /// <summary>Peers of one network (16 bits of IPv4, 32 of IPv6; private ranges do not count) among the k of a bucket, of an answer and of a lookup, as long as there are others.
    /// Two, so that an attacker needs ten networks to fill k places.</summary>
    public int MaxPerPrefix { get; init; } = 2;

    /// <summary>Time for one question, dialing included: as much as a dial has. A lookup does not wait for it, see <see cref="Patience"/>.</summary>
    public TimeSpan QueryTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>After this time without an answer a lookup asks somebody else beside: longer than a dial and a question over half the world take.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Time for one lookup; it ends with those that have answered. Six questions that time out one after the other.</summary>
    public TimeSpan LookupTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>A member of the routing table that was not seen for this time is asked whether it is there, and gives way to a newcomer.</summary>
    public TimeSpan StaleAfter { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Time between two refreshes of the routing table.</summary>
    public TimeSpan RefreshInterval { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Validity of a provider record.</summary>
    public TimeSpan ProviderLifetime { get; init; } = TimeSpan.FromHours(48);

    /// <summary>Time between two announcements of what this peer provides. Of 20 holders that leave at 30 % an hour 7 are there after 3 hours; after the 22 of the specification, none.</summary>
    public TimeSpan RepublishInterval { get; init; } = TimeSpan.FromHours(3);

    /// <summary>Time between two looks at what is due: records to announce again, a table to refresh. Nothing of that is due more often than in minutes.</summary>
    public TimeSpan MaintenanceInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Keys whose providers are kept. With <see cref="MaxProvidersPerKey"/> this bounds the memory that strangers can claim.</summary>
    public int MaxProvidedKeys { get; init; } = 65_536;

    /// <summary>Providers that are kept of one key: three times what an asker wants by default (20), of which some have left.</summary>
    public int MaxProvidersPerKey { get; init; } = 64;

    /// <summary>Keys that are kept for one provider: more than an honest one holds, and four liars are needed to fill the store.</summary>
    public int MaxKeysPerProvider { get; init; } = 16_384;

    /// <summary>Refuses options that make no sense.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number is less than 1, or a time not more than zero or longer than <see cref="Libp2pHostOptions.LongestWait"/>.</exception>
    public void Validate()
    {
        ArgumentException.ThrowIfNullOrEmpty(Protocol);
        OptionRange.Count(BucketSize);
        OptionRange.Count(Concurrency);
        OptionRange.Count(DisjointPaths);
        OptionRange.Count(MaxPerPrefix);
        OptionRange.Count(MaxProvidedKeys);
        OptionRange.Count(MaxProvidersPerKey);
        OptionRange.Count(MaxKeysPerProvider);
        OptionRange.Time(QueryTimeout);
        OptionRange.Time(Patience);
        OptionRange.Time(LookupTimeout);
        OptionRange.Time(StaleAfter);
        OptionRange.Time(RefreshInterval);
        OptionRange.Time(ProviderLifetime);
        OptionRange.Time(RepublishInterval);
        OptionRange.Time(MaintenanceInterval);
    }
}
