using System.Collections.Immutable;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Chunks;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Formats;

namespace Pyrsia.Provenance.Specifications;

/// <summary>A file that a build may use, by path in its repository.</summary>
/// <param name="Path">The path in the repository layout.</param>
/// <param name="Digest">SHA-256 of the file.</param>
/// <param name="Size">Bytes.</param>
public sealed record LockedFile(string Path, Digest Digest, long Size);

/// <summary>Every file that a build may use, sorted by path: nothing else is there when it runs.</summary>
public sealed record DependencyLock
{
    /// <summary>Most files: a large application's dependencies and plug-ins with their poms.</summary>
    public const int MaxFiles = 8192;

    private DependencyLock(ImmutableArray<LockedFile> files) => Files = files;

    /// <summary>The lock of a build that uses nothing.</summary>
    public static DependencyLock Empty { get; } = new([]);

    /// <summary>The files, sorted by path.</summary>
    public ImmutableArray<LockedFile> Files { get; }

    /// <summary>SHA-256 of the canonical list.</summary>
    public Digest Digest => Digest.Of(ToJson().ToBytes());

    /// <summary>A lock of these files, in whatever order.</summary>
    /// <exception cref="ArgumentException">A path stands twice or is none, or there are too many.</exception>
    public static DependencyLock Of(IEnumerable<LockedFile> files)
    {
        ImmutableArray<LockedFile> sorted = [.. files.OrderBy(f => f.Path, StringComparer.Ordinal)];
        return FindFault(sorted) is { } fault ? throw new ArgumentException(fault, nameof(files)) : new DependencyLock(sorted);
    }

    /// <inheritdoc/>
    public bool Equals(DependencyLock? other) => other is not null && Files.SequenceEqual(other.Files);

    /// <inheritdoc/>
    public override int GetHashCode() => Files.Length;

    internal CanonicalArray ToJson() => CanonicalArray.Of(Files.Select(f => CanonicalObject.Of([
        ("path", f.Path), ("digest", f.Digest.ToString()), ("size", f.Size)])));

    internal static DependencyLock Read(FieldReader reader, string name) => Create(reader.Array(name, MaxFiles, file => new LockedFile(
        file.String("path", EntryLimits.MaxCoordinateLength), file.Digest("digest"), file.Integer("size", 0, ChunkLayout.MaxLength))));

    /// <summary>A lock of files that are sorted already.</summary>
    /// <exception cref="MalformedDocumentException">They are not, or are no files.</exception>
    internal static DependencyLock Create(ImmutableArray<LockedFile> files) =>
        FindFault(files) is { } fault ? throw new MalformedDocumentException($"the lock is wrong: {fault}") : new DependencyLock(files);

    private static string? FindFault(ImmutableArray<LockedFile> files)
    {
        if (files.Length > MaxFiles)
            return $"there are more than {MaxFiles} files";
        for (var i = 0; i < files.Length; i++)
        {
            if (!ArtifactOutput.IsName(files[i].Path))
                return $"'{files[i].Path}' is no relative path";
            if (i > 0 && string.CompareOrdinal(files[i - 1].Path, files[i].Path) >= 0)
                return "the paths are not sorted, each once";
        }

        return null;
    }
}
