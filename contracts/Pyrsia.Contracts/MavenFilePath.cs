using System.Text.RegularExpressions;

namespace Pyrsia.Contracts;

/// <summary>The place of one file of one version of an artifact: <c>G/A/V/A-V[-classifier].extension</c>.</summary>
public sealed partial record MavenFilePath : MavenPath
{
    private const string Signature = ".asc";

    private MavenFilePath()
    {
    }

    /// <summary>The version that the file belongs to.</summary>
    public required MavenCoordinates Coordinates { get; init; }

    /// <summary>The version in the file's name: that of <see cref="Coordinates"/>, or of a snapshot a build of it, such as <c>1.0-20261121.065219-2</c>.</summary>
    public required string FileVersion { get; init; }

    /// <summary>What tells it apart from the main file, such as <c>sources</c>; empty for the main file and the pom.</summary>
    public required string Classifier { get; init; }

    /// <summary>The file's extension without the dot, such as <c>jar</c>, <c>tar.gz</c> or <c>jar.asc</c>.</summary>
    public required string Extension { get; init; }

    /// <summary>Whether it names one build of a snapshot.</summary>
    public bool IsTimestamped => FileVersion != Coordinates.Version;

    /// <summary>Classifier and extension as a request for further files names them: <c>sources.jar</c>; the extension alone without a classifier.</summary>
    public string Variant => Classifier.Length == 0 ? Extension : $"{Classifier}.{Extension}";

    /// <summary>The place of a file.</summary>
    /// <param name="coordinates">Its version.</param>
    /// <param name="variant">Extension, or classifier and extension: <c>pom</c>, <c>jar</c>, <c>sources.jar</c>.</param>
    /// <param name="fileVersion">The version in its name; null for the one of the coordinates.</param>
    /// <exception cref="FormatException">The parts make no file name.</exception>
    public static MavenFilePath Of(MavenCoordinates coordinates, string variant, string? fileVersion = null)
    {
        var (classifier, extension) = SplitVariant(variant);
        var rest = classifier.Length == 0 ? $".{extension}" : $"-{classifier}.{extension}";
        var segments = $"{coordinates.Directory}/{coordinates.ArtifactId}-{fileVersion ?? coordinates.Version}{rest}".Split('/');
        return IsFileName(segments[^1]) && Read(segments) is { } path && path.Variant == variant ? path : throw new FormatException($"'{variant}' names no file of {coordinates}: write EXTENSION or CLASSIFIER.EXTENSION.");
    }

    /// <summary>Whether the text is a variant: an extension, or a classifier, a dot and an extension.</summary>
    public static bool IsVariant(string text)
    {
        var (classifier, extension) = SplitVariant(text);
        return text.Length <= MavenCoordinates.MaxVersionLength && IsFileName(text) && MavenCoordinates.IsVersion(extension) && (classifier.Length == 0 || MavenCoordinates.IsVersion(classifier));
    }

    /// <summary>Whether the text can be one segment of a path: the characters of names and versions, and no dot in front.</summary>
    internal static bool IsFileName(string text) => FileNamePattern().IsMatch(text);

    /// <summary>Takes the segments apart; null when they are no file of the layout.</summary>
    internal static MavenFilePath? Read(string[] segments)
    {
        if (segments.Length < 4) return null;
        var (group, artifact, version, name) = (string.Join('.', segments[..^3]), segments[^3], segments[^2], segments[^1]);
        if (segments[..^3].Any(segment => segment.Contains('.', StringComparison.Ordinal))) return null;
        if (!MavenCoordinates.TryCreate(group, artifact, version, out var coordinates, out _) || !name.StartsWith(artifact + "-", StringComparison.Ordinal)) return null;
        var rest = name[(artifact.Length + 1)..];
        var fileVersion = VersionIn(rest, coordinates);
        if (fileVersion is null) return null;
        rest = rest[fileVersion.Length..];
        if (rest.Length < 2 || rest[0] is not ('.' or '-')) return null;
        var (classifier, extension) = SplitVariant(rest[1..]);
        if (classifier.Length > 0 != (rest[0] == '-')) return null;
        if (!MavenCoordinates.IsVersion(extension) || (rest[0] == '-' && !MavenCoordinates.IsVersion(classifier)) || extension.Length > MavenCoordinates.MaxVersionLength) return null;
        return new MavenFilePath { Target = string.Join('/', segments), Coordinates = coordinates, FileVersion = fileVersion, Classifier = classifier, Extension = extension };
    }

    /// <summary>The version that a file name begins with after its artifact; null when it is of another version.</summary>
    private static string? VersionIn(string rest, MavenCoordinates coordinates)
    {
        if (rest.StartsWith(coordinates.Version, StringComparison.Ordinal)) return coordinates.Version;
        if (!coordinates.IsSnapshot) return null;
        var release = coordinates.Version[..^MavenCoordinates.SnapshotSuffix.Length];
        if (!rest.StartsWith(release + "-", StringComparison.Ordinal)) return null;
        var build = BuildPattern().Match(rest[(release.Length + 1)..]);
        return build.Success ? $"{release}-{build.Value}" : null;
    }

    /// <summary>
    /// Parts classifier and extension at the last dot, where extensions of two words (<c>tar.gz</c>, a signature's <c>jar.asc</c>) stay whole.
    /// A file name does not say where its classifier ends; this reading and <see cref="Variant"/> undo each other.
    /// </summary>
    private static (string Classifier, string Extension) SplitVariant(string text)
    {
        var signed = text.EndsWith(Signature, StringComparison.Ordinal);
        var plain = signed ? text[..^Signature.Length] : text;
        var dot = plain.LastIndexOf('.');
        if (dot > 0 && plain[..dot] is var front && (front == "tar" || front.EndsWith(".tar", StringComparison.Ordinal))) dot = front.LastIndexOf('.');
        return dot <= 0 ? ("", text) : (text[..dot], text[(dot + 1)..]);
    }

    [GeneratedRegex(@"\A[A-Za-z0-9_+-][A-Za-z0-9._+-]*\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex FileNamePattern();

    /// <summary>A build of a snapshot: its date and time in UTC, and a number.</summary>
    [GeneratedRegex(@"\A[0-9]{8}\.[0-9]{6}-[0-9]{1,9}", RegexOptions.CultureInvariant)]
    private static partial Regex BuildPattern();
}
