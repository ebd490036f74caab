namespace Pyrsia.Builds.Sources;

/// <summary>How large a source may be.</summary>
public sealed record SourceLimits
{
    /// <summary>Most bytes on the wire.</summary>
    public long TransferBytes { get; init; } = 512L << 20;

    /// <summary>Most bytes of the tree.</summary>
    public long TreeBytes { get; init; } = 512L << 20;

    /// <summary>Most entries of the tree.</summary>
    public int TreeEntries { get; init; } = 100_000;

    /// <summary>Time to fetch.</summary>
    public TimeSpan Time { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Memory of the sandbox that fetches; what it writes counts too.</summary>
    public long MemoryBytes { get; init; } = 4L << 30;
}
