using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Formats;

namespace Pyrsia.Provenance.Specifications;

/// <summary>Where source comes from.</summary>
public enum SourceKind
{
    /// <summary>A commit of a git repository.</summary>
    Git,

    /// <summary>A tar archive, by digest.</summary>
    Archive,
}

/// <summary>A source, pinned: what a coordinate is built from.</summary>
/// <param name="Kind">Git or archive.</param>
/// <param name="Url">An absolute address without credentials, query or fragment. Networks but test networks take https only.</param>
/// <param name="Revision">The commit, 40 hexadecimal digits; of an archive its SHA-256, 64 of them.</param>
/// <param name="Tag">A tag that must lead to the commit, where somebody named one; it says nothing by itself.</param>
/// <param name="Subdirectory">The folder that is built, relative; empty for the root.</param>
public sealed record BuildSource(SourceKind Kind, string Url, string Revision, string? Tag, string Subdirectory)
{
    /// <summary>Longest address, in characters.</summary>
    public const int MaxUrlLength = 400;

    /// <summary>Hexadecimal digits of a git commit (SHA-1).</summary>
    public const int CommitLength = 40;

    private const string GitWord = "git";
    private const string ArchiveWord = "archive";

    /// <summary>Whether the address is https, as everywhere but in test networks.</summary>
    public bool IsHttps => Url.StartsWith("https://", StringComparison.Ordinal);

    /// <summary>SHA-256 of the canonical form: equal for equal sources, and for no others.</summary>
    public Digest Digest => Digest.Of(ToJson().ToBytes());

    /// <summary>The source in one word: <c>git+https://example.org/x.git@COMMIT</c>, and <c>#SUBDIRECTORY</c> where there is one.</summary>
    public override string ToString() =>
        $"{(Kind == SourceKind.Git ? GitWord : ArchiveWord)}+{Url}@{Revision}{(Subdirectory.Length == 0 ? "" : $"#{Subdirectory}")}";

    internal CanonicalObject ToJson() => CanonicalObject.Of([
        ("kind", Kind == SourceKind.Git ? GitWord : ArchiveWord), ("url", Url), ("revision", Revision),
        ("tag", Tag is null ? null : new CanonicalString(Tag)), ("subdirectory", Subdirectory)]);

    internal static BuildSource Read(FieldReader reader)
    {
        var kind = reader.String("kind", EntryLimits.MaxWordLength) switch
        {
            GitWord => SourceKind.Git,
            ArchiveWord => SourceKind.Archive,
            _ => throw reader.Wrong("kind", $"'{GitWord}' or '{ArchiveWord}'"),
        };
        var url = reader.String("url", MaxUrlLength);
        if (!IsUrl(url))
            throw reader.Wrong("url", "an absolute https address without credentials, query or fragment");
        var length = kind == SourceKind.Git ? CommitLength : 2 * Digest.Length;
        var revision = reader.String("revision", length);
        if (revision.Length != length || revision.Any(c => !char.IsAsciiHexDigitLower(c)))
            throw reader.Wrong("revision", $"{length} lower-case hexadecimal digits");
        var tag = reader.Has("tag") ? reader.String("tag", EntryLimits.MaxWordLength) : null;
        if (tag is not null && (kind != SourceKind.Git || !IsTag(tag)))
            throw reader.Wrong("tag", "a git tag's name");
        var subdirectory = reader.Has("subdirectory") ? reader.String("subdirectory", EntryLimits.MaxWordLength) : "";
        if (subdirectory.Length > 0 && !ArtifactOutput.IsName(subdirectory))
            throw reader.Wrong("subdirectory", "a relative path of printable ASCII");
        return new BuildSource(kind, url, revision, tag, subdirectory);
    }

    /// <summary>Whether a text can be a source's address.</summary>
    public static bool IsUrl(string text) =>
        text.All(c => c is > ' ' and < '\x7f') && Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && uri is { Scheme: "https" or "http" or "file", UserInfo: "", Query: "", Fragment: "" } && !text.Contains('@', StringComparison.Ordinal);

    /// <summary>Whether a text can be a tag: the characters that git allows in one, less those that mean something to a revision parser.</summary>
    public static bool IsTag(string text) =>
        text.Length <= EntryLimits.MaxWordLength && ArtifactOutput.IsName(text) && !text.StartsWith('-') && !text.Contains("..", StringComparison.Ordinal)
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '/' or '+');
}
