namespace Pyrsia.Builds.Assembling;

/// <summary>How large the file system of an image may be, over all its layers.</summary>
public sealed record ImageLimits
{
    /// <summary>Most entries: a desktop's file system has a few hundred thousand. Each takes some 200 bytes of memory.</summary>
    public int MaxEntries { get; init; } = 500_000;

    /// <summary>Most bytes of all files together.</summary>
    public long MaxBytes { get; init; } = 20L << 30;
}
