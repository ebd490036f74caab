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
    private readonly LogPlaces _places;
    private readonly Func<long, LogEntry?> _read;

    internal MavenIndex(LogPlaces places, Func<long, LogEntry?> read) => (_places, _read) = (places, read);

    /// <summary>The file at a path: that very file, or for a snapshot without a build number the newest build's; null when nothing is verified there.</summary>
    public MavenLogFile? Find(MavenFilePath path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!path.Coordinates.IsSnapshot) return Find(path.Coordinates)?.Find(path);
        if (_places.Find(PlaceOf.MavenFile, path.Target) is { } place && Read(path.Coordinates, place)?.Files.FirstOrDefault(file => file.Path.Target == path.Target) is { } file) return file;
        return path.IsTimestamped ? null : Find(path.Coordinates)?.Find(path);
    }

    /// <summary>A version; null when nothing is verified for it.</summary>
    public MavenLogVersion? Find(MavenCoordinates coordinates)
    {
        ArgumentNullException.ThrowIfNull(coordinates);
        return _places.Find(PlaceOf.MavenVersion, coordinates.ToString()) is { } place ? Read(coordinates, place) : null;
    }

    /// <summary>The versions of an artifact, lowest first in Maven's order.</summary>
    public IReadOnlyList<MavenLogVersion> Versions(string groupId, string artifactId)
    {
        var versions = new SortedSet<string>(_places.Words(PlaceOf.MavenVersions, $"{groupId}:{artifactId}"), MavenVersion.Order);
        return [.. versions.Select(version => MavenCoordinates.TryCreate(groupId, artifactId, version, out var coordinates, out _) ? Find(coordinates) : null).OfType<MavenLogVersion>()];
    }

    /// <summary>The artifacts of a group that have a version, in ordinal order.</summary>
    public IReadOnlyList<string> Artifacts(string groupId) => [.. _places.Words(PlaceOf.MavenArtifacts, groupId).Order(StringComparer.Ordinal)];

    /// <summary>Takes in a verdict; one that is not verified, not of Maven, or conflicts with an earlier answer changes nothing.</summary>
    internal void Add(long index, VerdictEntry entry)
    {
        if (entry.Type != EntryType.Verified || entry.Verdict.ConflictsWith is not null) return;
        foreach (var (coordinate, root) in entry.Names)
        {
            if (ToMaven(coordinate) is not { } coordinates) continue;
            var isNew = _places.Find(PlaceOf.MavenVersion, coordinates.ToString()) is null;
            if (!isNew && !coordinates.IsSnapshot) continue;
            if (coordinates.IsSnapshot)
                foreach (var file in Version(coordinates, root, index, entry).Files) _places.Set(PlaceOf.MavenFile, file.Path.Target, index);
            _places.Set(PlaceOf.MavenVersion, coordinates.ToString(), index);
            if (isNew) KeepName(coordinates);
        }
    }

    private static MavenLogVersion Version(MavenCoordinates coordinates, Digest root, long index, VerdictEntry entry) =>
        MavenLogVersion.Of(coordinates, root, index, DateTimeOffset.FromUnixTimeMilliseconds(entry.Verdict.TimeMs), entry.Outputs);

    private static MavenCoordinates? ToMaven(string coordinate) =>
        Coordinate.ToMaven(coordinate) is { } gav ? MavenCoordinates.Parse(gav) : null;

    private MavenLogVersion? Read(MavenCoordinates coordinates, long place)
    {
        var coordinate = Coordinate.Of(coordinates);
        return _read(place) is VerdictEntry verdict && verdict.Names.FirstOrDefault(n => n.Coordinate == coordinate) is { } name ? Version(coordinates, name.Root, place, verdict) : null;
    }

    private void KeepName(MavenCoordinates coordinates)
    {
        var artifact = $"{coordinates.GroupId}:{coordinates.ArtifactId}";
        if (_places.Find(PlaceOf.MavenVersions, artifact) is null) _places.AddWord(PlaceOf.MavenArtifacts, coordinates.GroupId, coordinates.ArtifactId);
        _places.AddWord(PlaceOf.MavenVersions, artifact, coordinates.Version);
    }
}
