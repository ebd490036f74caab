using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Pyrsia.Contracts;

/// <summary>The name of one version of a Maven artifact: group, artifact and version.</summary>
/// <remarks>
/// Stricter than Maven, which forbids hardly anything: each part must be a path segment of the repository layout and a word of a
/// URL as it stands, so that a name has one spelling everywhere.
/// </remarks>
/// <seealso href="https://maven.apache.org/pom.html#maven-coordinates"/>
public sealed record MavenCoordinates
{
    /// <summary>Longest group or artifact, in characters. The longest in public repositories have about 120.</summary>
    public const int MaxNameLength = 200;

    /// <summary>Longest version, in characters.</summary>
    public const int MaxVersionLength = 128;

    /// <summary>How the version of an artifact ends that is still changing.</summary>
    public const string SnapshotSuffix = "-SNAPSHOT";

    private static readonly SearchValues<char> NameCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");
    private static readonly SearchValues<char> VersionCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-+");

    private MavenCoordinates(string groupId, string artifactId, string version) => (GroupId, ArtifactId, Version) = (groupId, artifactId, version);

    /// <summary>The group, such as <c>org.apache.commons</c>.</summary>
    public string GroupId { get; }

    /// <summary>The artifact, such as <c>commons-lang3</c>.</summary>
    public string ArtifactId { get; }

    /// <summary>The version, such as <c>3.12.0</c>; of a snapshot the one that ends with <see cref="SnapshotSuffix"/>.</summary>
    public string Version { get; }

    /// <summary>Whether the version is still changing.</summary>
    public bool IsSnapshot => IsSnapshotVersion(Version);

    /// <summary>The package URL of the main artifact.</summary>
    /// <seealso href="https://github.com/package-url/purl-spec/blob/main/types-doc/maven-definition.md"/>
    public string PackageUrl => $"pkg:maven/{GroupId}/{ArtifactId}@{Uri.EscapeDataString(Version)}";

    /// <summary>The directory in the repository layout, without a slash at its ends.</summary>
    public string Directory => $"{GroupId.Replace('.', '/')}/{ArtifactId}/{Version}";

    /// <summary>Reads <c>group:artifact:version</c>.</summary>
    /// <exception cref="FormatException">The text is something else; the message says what is wrong.</exception>
    public static MavenCoordinates Parse(string text) => TryParse(text, out var coordinates, out var error) ? coordinates : throw new FormatException(error);

    /// <summary>Reads <c>group:artifact:version</c>; on failure <paramref name="error"/> says why.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out MavenCoordinates? coordinates, [NotNullWhen(false)] out string? error)
    {
        coordinates = null;
        var parts = (text ?? "").Split(':', 4);
        if (parts.Length != 3)
        {
            error = $"'{Shown(text)}' names no version of a Maven artifact: write GROUP:ARTIFACT:VERSION.";
            return false;
        }
        return TryCreate(parts[0], parts[1], parts[2], out coordinates, out error);
    }

    /// <summary>Joins the three parts; on failure <paramref name="error"/> says which one is wrong.</summary>
    public static bool TryCreate(string groupId, string artifactId, string version, [NotNullWhen(true)] out MavenCoordinates? coordinates, [NotNullWhen(false)] out string? error)
    {
        coordinates = null;
        error = !IsGroup(groupId) ? $"'{Shown(groupId)}' is no group: words of letters, digits, '_' and '-', joined by single dots, at most {MaxNameLength} characters."
            : !IsArtifact(artifactId) ? $"'{Shown(artifactId)}' is no artifact: letters, digits, '.', '_' and '-', no dot at its ends, at most {MaxNameLength} characters."
            : !IsVersion(version) ? $"'{Shown(version)}' is no version: letters, digits, '.', '_', '-' and '+', no dot at its ends, at most {MaxVersionLength} characters, and not LATEST or RELEASE, which name none."
            : null;
        if (error is not null) return false;
        coordinates = new MavenCoordinates(groupId, artifactId, version);
        return true;
    }

    /// <summary>Whether the text is a group: words joined by single dots.</summary>
    public static bool IsGroup(string text) => IsArtifact(text) && !text.Contains("..", StringComparison.Ordinal);

    /// <summary>Whether the text is an artifact.</summary>
    public static bool IsArtifact(string text) => IsWord(text, MaxNameLength, NameCharacters);

    /// <summary>Whether the text is a version.</summary>
    public static bool IsVersion(string text) => IsWord(text, MaxVersionLength, VersionCharacters) && text is not ("LATEST" or "RELEASE");

    /// <summary>Whether the version is one that is still changing.</summary>
    public static bool IsSnapshotVersion(string version) => version.EndsWith(SnapshotSuffix, StringComparison.Ordinal) && version.Length > SnapshotSuffix.Length;

    /// <summary><c>group:artifact:version</c>.</summary>
    public override string ToString() => $"{GroupId}:{ArtifactId}:{Version}";

    private static bool IsWord(string text, int maxLength, SearchValues<char> allowed) =>
        text.Length > 0 && text.Length <= maxLength && text[0] != '.' && text[^1] != '.' && !text.AsSpan().ContainsAnyExcept(allowed);

    /// <summary>What was typed, short enough for a message.</summary>
    private static string Shown(string? text) => text is { Length: > MaxNameLength } ? text[..MaxNameLength] + "…" : text ?? "";
}
