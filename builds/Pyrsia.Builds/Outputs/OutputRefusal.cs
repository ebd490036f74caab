namespace Pyrsia.Builds.Outputs;

/// <summary>Why an archive that came out of a sandbox is not taken.</summary>
public enum OutputRefusal
{
    /// <summary>It is no complete tar of the forms that are read (ustar, pax, long names of GNU).</summary>
    Malformed,

    /// <summary>An entry is a hard link, or a symbolic one where none may be or that leads out of the tree.</summary>
    Link,

    /// <summary>An entry is a device, a pipe or another special file.</summary>
    SpecialFile,

    /// <summary>A name starts at the root.</summary>
    AbsoluteName,

    /// <summary>A name has a segment <c>..</c>.</summary>
    ClimbingName,

    /// <summary>A name is empty, too long, no UTF-8 text, or has control characters or empty segments.</summary>
    BadName,

    /// <summary>A name comes twice, or as a file and as a directory.</summary>
    Duplicate,

    /// <summary>There are more entries than <see cref="OutputRules.MaxEntries"/>.</summary>
    TooManyEntries,

    /// <summary>The files together are larger than <see cref="OutputRules.MaxBytes"/>.</summary>
    TooManyBytes,
}

/// <summary>What is taken.</summary>
public sealed record OutputRules
{
    /// <summary>Most entries, directories included.</summary>
    public int MaxEntries { get; init; } = 10_000;

    /// <summary>Most bytes of all files together.</summary>
    public long MaxBytes { get; init; } = 512L << 20;

    /// <summary>Whether symbolic links are taken whose relative target stays in the tree, as a source tree may have them. Outputs have none.</summary>
    public bool InnerLinks { get; init; }
}

/// <summary>A file that came out.</summary>
/// <param name="Name">Its name in the archive: segments with '/' between, without a leading one.</param>
/// <param name="Path">Where it lies now.</param>
/// <param name="Size">Its size in bytes.</param>
/// <param name="Digest">Its digest.</param>
/// <param name="IsExecutable">Whether its owner may run it.</param>
public sealed record OutputFile(string Name, string Path, long Size, Contracts.Digest Digest, bool IsExecutable);

/// <summary>What came of reading an archive.</summary>
/// <param name="Refusal">Why it was refused as a whole; null when it was taken.</param>
/// <param name="Entry">The entry that was to blame, where there is one.</param>
/// <param name="Files">The files, ordered by name; none when it was refused.</param>
/// <param name="NewestSeconds">The latest time of a file, in seconds since 1970; -1 without any.</param>
public sealed record OutputReading(OutputRefusal? Refusal, string? Entry, IReadOnlyList<OutputFile> Files, long NewestSeconds = -1);
