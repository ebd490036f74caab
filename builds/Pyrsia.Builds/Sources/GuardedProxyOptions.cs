namespace Pyrsia.Builds.Sources;

/// <summary>What a sandbox may reach while it fetches source.</summary>
public sealed record GuardedProxyOptions
{
    /// <summary>Whether private, loopback and link-local addresses and plain http are allowed: only in test networks.</summary>
    public bool AllowPrivateNetworks { get; init; }

    /// <summary>Most bytes that come in over all connections: what a repository may weigh on the wire.</summary>
    public long MaxBytes { get; init; } = 2L << 30;

    /// <summary>Connections at one time; git uses one or two.</summary>
    public int MaxConnections { get; init; } = 16;

    /// <summary>Time for a name to be looked up and a connection to be made.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);
}
