using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;

namespace Pyrsia.Node.Log;

/// <summary>A file that a verified entry vouches for under its path in the repository layout.</summary>
/// <param name="Path">Where it stands.</param>
/// <param name="Output">Its digest, size and chunk tree.</param>
/// <param name="Verdict">Log index of the verdict.</param>
/// <param name="Time">The verdict's time.</param>
public sealed record MavenLogFile(MavenFilePath Path, ArtifactOutput Output, long Verdict, DateTimeOffset Time);

/// <summary>A version that the log has a verified entry for.</summary>
/// <param name="Coordinates">Its name.</param>
/// <param name="Root">Digest of its main file.</param>
/// <param name="Verdict">Log index of the verdict that answers for the name.</param>
/// <param name="Time">That verdict's time.</param>
/// <param name="Files">Every file of it.</param>
public sealed record MavenLogVersion(MavenCoordinates Coordinates, Digest Root, long Verdict, DateTimeOffset Time, IReadOnlyList<MavenLogFile> Files)
{
    /// <summary>A version with those of the outputs that have a place in its directory.</summary>
    internal static MavenLogVersion Of(MavenCoordinates coordinates, Digest root, long verdict, DateTimeOffset time, IEnumerable<ArtifactOutput> outputs) =>
        new(coordinates, root, verdict, time, [.. outputs.Select(output => Place(output, coordinates) is { } path ? new MavenLogFile(path, output, verdict, time) : null).OfType<MavenLogFile>()]);

    /// <summary>The file at a path: that very file, or for a snapshot without a build number the one of this build; null when there is none.</summary>
    internal MavenLogFile? Find(MavenFilePath path) =>
        Files.FirstOrDefault(file => file.Path.Target == path.Target)
        ?? (Coordinates.IsSnapshot && !path.IsTimestamped ? Files.FirstOrDefault(file => file.Path.Variant == path.Variant) : null);

    /// <summary>A file counts only in its own version's directory, whatever its name in the entry says.</summary>
    private static MavenFilePath? Place(ArtifactOutput output, MavenCoordinates coordinates)
    {
        if (MavenPath.TryParse(output.Name, out var path) != MavenPathFault.None || path!.Checksum is not null) return null;
        return (path as MavenFilePath ?? (path as MavenAttestationPath)?.Itself) is { } file && file.Coordinates == coordinates ? file : null;
    }
}

/// <summary>
/// Finds Maven files by path, versions by artifact and artifacts by group. Of a release the first verified entry answers, of a snapshot the newest.
/// </summary>
public sealed class MavenIndex
{
    private readonly Dictionary<string, MavenLogFile> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<MavenCoordinates, MavenLogVersion> _versions = [];
    private readonly Dictionary<(string GroupId, string ArtifactId), SortedSet<string>> _byArtifact = [];
    private readonly Dictionary<string, SortedSet<string>> _byGroup = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    /// <summary>The file at a path: that very file, or for a snapshot without a build number the newest build's; null when nothing is verified there.</summary>
    public MavenLogFile? Find(MavenFilePath path)
    {
        lock (_gate)
        {
            if (_files.TryGetValue(path.Target, out var file)) return file;
            if (!path.Coordinates.IsSnapshot || path.IsTimestamped) return null;
            return _versions.GetValueOrDefault(path.Coordinates)?.Find(path);
        }
    }

    /// <summary>A version; null when nothing is verified for it.</summary>
    public MavenLogVersion? Find(MavenCoordinates coordinates)
    {
        lock (_gate) return _versions.GetValueOrDefault(coordinates);
    }

    /// <summary>The versions of an artifact, lowest first in Maven's order.</summary>
    public IReadOnlyList<MavenLogVersion> Versions(string groupId, string artifactId)
    {
        lock (_gate)
        {
            if (!_byArtifact.TryGetValue((groupId, artifactId), out var versions)) return [];
            return [.. versions.Select(version => MavenCoordinates.TryCreate(groupId, artifactId, version, out var coordinates, out _) ? _versions[coordinates] : throw new InvalidOperationException($"an indexed version {version}"))];
        }
    }

    /// <summary>The artifacts of a group that have a version, in ordinal order.</summary>
    public IReadOnlyList<string> Artifacts(string groupId)
    {
        lock (_gate) return _byGroup.TryGetValue(groupId, out var artifacts) ? [.. artifacts] : [];
    }

    /// <summary>Takes in a verdict; one that is not verified, not of Maven, or conflicts with an earlier answer changes nothing.</summary>
    internal void Add(long index, VerdictEntry entry)
    {
        if (entry.Type != EntryType.Verified || entry.Verdict.ConflictsWith is not null) return;
        var time = DateTimeOffset.FromUnixTimeMilliseconds(entry.Verdict.TimeMs);
        lock (_gate)
        {
            foreach (var (coordinate, root) in entry.Names)
                if (ToMaven(coordinate) is { } coordinates && (coordinates.IsSnapshot || !_versions.ContainsKey(coordinates)))
                    Keep(MavenLogVersion.Of(coordinates, root, index, time, entry.Outputs));
        }
    }

    private void Keep(MavenLogVersion version)
    {
        foreach (var file in version.Files) _files[file.Path.Target] = file;
        _versions[version.Coordinates] = version;
        Append(_byArtifact, (version.Coordinates.GroupId, version.Coordinates.ArtifactId), version.Coordinates.Version, MavenVersion.Order);
        Append(_byGroup, version.Coordinates.GroupId, version.Coordinates.ArtifactId, StringComparer.Ordinal);
    }

    private static MavenCoordinates? ToMaven(string coordinate) =>
        Coordinate.ToMaven(coordinate) is { } gav ? MavenCoordinates.Parse(gav) : null;

    private static void Append<TKey>(Dictionary<TKey, SortedSet<string>> sets, TKey key, string value, IComparer<string> order)
        where TKey : notnull
    {
        if (!sets.TryGetValue(key, out var set)) sets[key] = set = new SortedSet<string>(order);
        set.Add(value);
    }
}
