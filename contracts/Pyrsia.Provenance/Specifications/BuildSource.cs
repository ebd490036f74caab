using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Formats;
using Pyrsia.Provenance.Packages;

namespace Pyrsia.Provenance.Specifications;

/// <summary>Where source comes from.</summary>
public enum SourceKind
{
    /// <summary>A commit of a git repository.</summary>
    Git,

    /// <summary>A tar archive, by digest.</summary>
    Archive,

    /// <summary>An artifact that the log has verified, by coordinate and digest.</summary>
    Artifact,
}

/// <summary>A source, pinned: what a coordinate is built from.</summary>
/// <param name="Kind">Git, archive or artifact.</param>
/// <param name="Url">An absolute address without credentials, query or fragment. Networks but test networks take https only. Of an artifact its coordinate, such as <c>maven:org.acme:app:1.0</c>.</param>
/// <param name="Revision">The commit, 40 hexadecimal digits; of an archive its SHA-256, 64 of them, and of an artifact that of its main file.</param>
/// <param name="Tag">A tag that must lead to the commit, where somebody named one; it says nothing by itself.</param>
/// <param name="Subdirectory">The folder that is built, relative; empty for the root, and for an artifact.</param>
public sealed record BuildSource(SourceKind Kind, string Url, string Revision, string? Tag, string Subdirectory)
{
    /// <summary>Longest address, in characters.</summary>
    public const int MaxUrlLength = 400;

    /// <summary>Hexadecimal digits of a git commit (SHA-1).</summary>
    public const int CommitLength = 40;

    private const string GitWord = "git";
    private const string ArchiveWord = "archive";
    private const string ArtifactWord = "artifact";

    /// <summary>Whether it comes by a way that is taken everywhere, and not in test networks alone: https, or the log.</summary>
    public bool IsSecure => Kind == SourceKind.Artifact || Url.StartsWith("https://", StringComparison.Ordinal);

    /// <summary>The kind's word.</summary>
    public string KindWord => Kind switch { SourceKind.Git => GitWord, SourceKind.Archive => ArchiveWord, _ => ArtifactWord };

    /// <summary>SHA-256 of the canonical form: equal for equal sources, and for no others.</summary>
    public Digest Digest => Digest.Of(ToJson().ToBytes());

    /// <summary>The source in one word: <c>git+https://example.org/x.git@COMMIT</c>, and <c>#SUBDIRECTORY</c> where there is one.</summary>
    public override string ToString() =>
        $"{KindWord}+{Url}@{Revision}{(Subdirectory.Length == 0 ? "" : $"#{Subdirectory}")}";

    internal CanonicalObject ToJson() => CanonicalObject.Of([
        ("kind", KindWord), ("url", Url), ("revision", Revision),
        ("tag", Tag is null ? null : new CanonicalString(Tag)), ("subdirectory", Subdirectory)]);

    internal static BuildSource Read(FieldReader reader)
    {
        var kind = reader.String("kind", EntryLimits.MaxWordLength) switch
        {
            GitWord => SourceKind.Git,
            ArchiveWord => SourceKind.Archive,
            ArtifactWord => SourceKind.Artifact,
            _ => throw reader.Wrong("kind", $"'{GitWord}', '{ArchiveWord}' or '{ArtifactWord}'"),
        };
        var url = reader.String("url", MaxUrlLength);
        if (kind == SourceKind.Artifact ? !IsArtifact(url) : !IsUrl(url))
            throw kind == SourceKind.Artifact ? reader.Wrong("url", "the coordinate of files that are built or notarized, such as maven:org.acme:app:1.0") : reader.Wrong("url", "an absolute https address without credentials, query or fragment");
        var length = kind == SourceKind.Git ? CommitLength : 2 * Digest.Length;
        var revision = reader.String("revision", length);
        if (revision.Length != length || revision.Any(c => !char.IsAsciiHexDigitLower(c)))
            throw reader.Wrong("revision", $"{length} lower-case hexadecimal digits");
        var tag = reader.Has("tag") ? reader.String("tag", EntryLimits.MaxWordLength) : null;
        if (tag is not null && (kind != SourceKind.Git || !IsTag(tag)))
            throw reader.Wrong("tag", "a git tag's name");
        var subdirectory = reader.Has("subdirectory") ? reader.String("subdirectory", EntryLimits.MaxWordLength) : "";
        if (subdirectory.Length > 0 && (kind == SourceKind.Artifact || !ArtifactOutput.IsName(subdirectory)))
            throw reader.Wrong("subdirectory", kind == SourceKind.Artifact ? "absent: an artifact is taken by its files" : "a relative path of printable ASCII");
        return new BuildSource(kind, url, revision, tag, subdirectory);
    }

    /// <summary>Whether a text can be a source's address.</summary>
    public static bool IsUrl(string text) =>
        text.All(c => c is > ' ' and < '\x7f') && Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && uri is { Scheme: "https" or "http" or "file", UserInfo: "", Query: "", Fragment: "" } && !text.Contains('@', StringComparison.Ordinal);

    /// <summary>Whether a text is the coordinate of an artifact that an image can be put together from: of files with names, and so no image.</summary>
    public static bool IsArtifact(string text) => text.Length <= MaxUrlLength && PackageNames.Split(text) is var (names, name) && names is not DockerNames && names.OutputFolder(name) is not null;

    /// <summary>Whether a text can be a tag: the characters that git allows in one, less those that mean something to a revision parser.</summary>
    public static bool IsTag(string text) =>
        text.Length <= EntryLimits.MaxWordLength && ArtifactOutput.IsName(text) && !text.StartsWith('-') && !text.Contains("..", StringComparison.Ordinal)
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '/' or '+');
}
