using System.Diagnostics.CodeAnalysis;

namespace Pyrsia.Contracts;

/// <summary>A checksum that stands beside a file of a repository, in hexadecimal.</summary>
public enum MavenChecksum
{
    /// <summary><c>.md5</c>.</summary>
    Md5,

    /// <summary><c>.sha1</c>.</summary>
    Sha1,

    /// <summary><c>.sha256</c>.</summary>
    Sha256,

    /// <summary><c>.sha512</c>.</summary>
    Sha512,
}

/// <summary>Why a text is no path of a Maven repository.</summary>
public enum MavenPathFault
{
    /// <summary>It is one.</summary>
    None,

    /// <summary>It is no path that an honest client sends: too long, climbing, or with characters that the layout has not.</summary>
    Malformed,

    /// <summary>A decent path at which the layout has neither an artifact nor metadata.</summary>
    NotInLayout,
}

/// <summary>
/// A path of the Maven 2 repository layout, taken apart: a file of one version, the proof beside one, or <c>maven-metadata.xml</c> of
/// a group, an artifact or a snapshot; each with a checksum of it.
/// </summary>
/// <seealso href="https://maven.apache.org/repository/layout.html"/>
public abstract record MavenPath
{
    /// <summary>Longest path in characters: group, artifact twice, version twice, classifier and extension at their limits, a builder's name and what else a proof ends in.</summary>
    public const int MaxLength = (3 * MavenCoordinates.MaxNameLength) + (3 * MavenCoordinates.MaxVersionLength) + 192;

    private static readonly (string Ending, MavenChecksum Checksum)[] Checksums =
        [(".md5", MavenChecksum.Md5), (".sha1", MavenChecksum.Sha1), (".sha256", MavenChecksum.Sha256), (".sha512", MavenChecksum.Sha512)];

    /// <summary>The path of the file itself, without a checksum's ending.</summary>
    public required string Target { get; init; }

    /// <summary>Which checksum of the file is meant; null for the file itself.</summary>
    public MavenChecksum? Checksum { get; init; }

    /// <summary>Reads a path as it stands in a request, below the repository's root and without a slash in front.</summary>
    /// <param name="text">The path. Percent-encoding is undone only where it hides no dot, slash or percent sign.</param>
    /// <param name="path">What it means.</param>
    /// <returns>Why it is none.</returns>
    public static MavenPathFault TryParse(string text, out MavenPath? path)
    {
        path = null;
        if (text.Length > MaxLength || !TryDecode(text, out var decoded)) return MavenPathFault.Malformed;
        var segments = decoded.Split('/');
        if (segments[^1].Length == 0) segments = segments[..^1];
        if (!segments.All(segment => MavenFilePath.IsFileName(segment))) return decoded.Length == 0 ? MavenPathFault.NotInLayout : MavenPathFault.Malformed;
        MavenChecksum? checksum = null;
        foreach (var (ending, kind) in Checksums)
        {
            if (segments.Length == 0 || segments[^1].Length <= ending.Length || !segments[^1].EndsWith(ending, StringComparison.Ordinal)) continue;
            segments[^1] = segments[^1][..^ending.Length];
            checksum = kind;
            break;
        }
        if (segments.Length > 1 && decoded[^1] != '/') path = segments[^1] == MavenMetadataPath.FileName ? MavenMetadataPath.Read(segments) : MavenAttestationPath.Read(segments) ?? (MavenPath?)MavenFilePath.Read(segments);
        if (path is null) return MavenPathFault.NotInLayout;
        path = path with { Checksum = checksum };
        return MavenPathFault.None;
    }

    /// <summary>The path with the checksum's ending where one is meant.</summary>
    public sealed override string ToString() => Checksum is { } checksum ? Target + Checksums.Single(c => c.Checksum == checksum).Ending : Target;

    /// <summary>Undoes percent-encoding. What would change the path's shape, or needs no encoding and so hides something, is refused.</summary>
    private static bool TryDecode(string text, [NotNullWhen(true)] out string? decoded)
    {
        decoded = text;
        if (!text.Contains('%', StringComparison.Ordinal)) return true;
        decoded = Uri.UnescapeDataString(text);
        for (var i = text.IndexOf('%', StringComparison.Ordinal); i >= 0; i = text.IndexOf('%', i + 1))
        {
            if (i + 2 >= text.Length || !char.IsAsciiHexDigit(text[i + 1]) || !char.IsAsciiHexDigit(text[i + 2])) return false;
            if ((char)Convert.ToInt32(text.Substring(i + 1, 2), 16) is not ('+' or '-' or '_' or (>= '0' and <= '9') or (>= 'a' and <= 'z') or (>= 'A' and <= 'Z'))) return false;
        }
        return true;
    }
}
