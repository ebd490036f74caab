namespace Pyrsia.Contracts;

/// <summary>
/// The place of <c>maven-metadata.xml</c>: below a group (its plugins' prefixes), an artifact (its versions) or a snapshot (its builds).
/// A path does not say which of the first two it is: <c>org/acme/lib</c> may be a group and an artifact at once.
/// </summary>
public sealed record MavenMetadataPath : MavenPath
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "maven-metadata.xml";

    private MavenMetadataPath()
    {
    }

    /// <summary>The group, when the directory is read as one; null when it cannot be one.</summary>
    public required string? Group { get; init; }

    /// <summary>Group and artifact, when the directory is read as an artifact's; null when it cannot be one.</summary>
    public required (string GroupId, string ArtifactId)? Artifact { get; init; }

    /// <summary>The snapshot, when the directory is one's; null otherwise.</summary>
    public required MavenCoordinates? Snapshot { get; init; }

    /// <summary>Takes the segments apart; null when they can be none of the three.</summary>
    internal static MavenMetadataPath? Read(string[] segments)
    {
        var directory = segments[..^1];
        var group = Group(directory);
        var snapshot = directory.Length > 2 && Group(directory[..^2]) is { } of && MavenCoordinates.IsSnapshotVersion(directory[^1])
            && MavenCoordinates.TryCreate(of, directory[^2], directory[^1], out var coordinates, out _) ? coordinates : null;
        var artifact = snapshot is null && directory.Length > 1 && Group(directory[..^1]) is { } owner && MavenCoordinates.IsArtifact(directory[^1]) ? (owner, directory[^1]) : ((string, string)?)null;
        if (group is null && artifact is null && snapshot is null) return null;
        return new MavenMetadataPath { Target = string.Join('/', segments), Group = group, Artifact = artifact, Snapshot = snapshot };

        static string? Group(string[] words) =>
            words.Any(word => word.Contains('.', StringComparison.Ordinal)) || string.Join('.', words) is var joined && !MavenCoordinates.IsGroup(joined) ? null : string.Join('.', words);
    }
}
