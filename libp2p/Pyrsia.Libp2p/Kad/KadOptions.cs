namespace Pyrsia.Libp2p;

/// <summary>Parameters of the DHT. The defaults are those of the specification.</summary>
public sealed record KadOptions
{
    /// <summary>Protocol id; peers with another one are another DHT.</summary>
    public string Protocol { get; init; } = "/ipfs/kad/1.0.0";

    /// <summary>Client or server.</summary>
    public KadMode Mode { get; init; } = KadMode.Server;

    /// <summary>Replication and bucket size, k.</summary>
    public int BucketSize { get; init; } = 20;

    /// <summary>Questions of one lookup that are open at once, alpha.</summary>
    public int Concurrency { get; init; } = 10;

    /// <summary>Time for one question, dialing included.</summary>
    public TimeSpan QueryTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time between two refreshes of the routing table.</summary>
    public TimeSpan RefreshInterval { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Validity of a provider record.</summary>
    public TimeSpan ProviderLifetime { get; init; } = TimeSpan.FromHours(48);

    /// <summary>Time between two announcements of what this peer provides.</summary>
    public TimeSpan RepublishInterval { get; init; } = TimeSpan.FromHours(22);

    /// <summary>Time between two looks at what is due: records to announce again, a table to refresh.</summary>
    public TimeSpan MaintenanceInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Keys whose providers are kept. With <see cref="MaxProvidersPerKey"/> this bounds the memory that strangers can claim.</summary>
    public int MaxProvidedKeys { get; init; } = 65_536;

    /// <summary>Providers that are kept of one key.</summary>
    public int MaxProvidersPerKey { get; init; } = 64;
}
