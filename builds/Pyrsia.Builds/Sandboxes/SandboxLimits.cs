namespace Pyrsia.Builds.Sandboxes;

/// <summary>What one run may use. The defaults carry a middle-sized Maven build.</summary>
public sealed record SandboxLimits
{
    /// <summary>Time from start to end.</summary>
    public TimeSpan WallClock { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Memory in bytes, swap included. What is written to the file systems in memory counts too.</summary>
    public long MemoryBytes { get; init; } = 3L << 30;

    /// <summary>Processes and threads at one time.</summary>
    public int Processes { get; init; } = 512;

    /// <summary>Processors that it may keep busy.</summary>
    public double Cpus { get; init; } = 2;

    /// <summary>Files that one process may have open.</summary>
    public int OpenFiles { get; init; } = 4096;

    /// <summary>Size of the working directory in bytes.</summary>
    public long WorkBytes { get; init; } = 1L << 30;

    /// <summary>Size of the scratch directory in bytes.</summary>
    public long TemporaryBytes { get; init; } = 256L << 20;

    /// <summary>Longest log in bytes.</summary>
    public long LogBytes { get; init; } = 16L << 20;

    /// <summary>Largest output in bytes.</summary>
    public long OutputBytes { get; init; } = 512L << 20;

    /// <exception cref="ArgumentException">A limit is not positive, or the file systems in memory could take all of it.</exception>
    internal void Check()
    {
        if (WallClock <= TimeSpan.Zero || MemoryBytes <= 0 || Processes <= 0 || !(Cpus > 0) || OpenFiles <= 0 || WorkBytes <= 0 || TemporaryBytes <= 0 || LogBytes <= 0 || OutputBytes <= 0)
            throw new ArgumentException("Every limit of a sandbox has to be greater than zero.");
        if (WorkBytes + TemporaryBytes >= MemoryBytes)
            throw new ArgumentException($"The writable directories ({WorkBytes} + {TemporaryBytes} bytes) live in the sandbox's memory and have to be smaller than it ({MemoryBytes} bytes).");
    }
}
