using Pyrsia.Contracts;

namespace Pyrsia.Provenance.Entries;

/// <summary>The name under which the log knows an artifact: an ecosystem, a colon, and the ecosystem's full name of it.</summary>
public static class Coordinate
{
    /// <summary>Images.</summary>
    public const string Docker = "docker";

    /// <summary>Maven artifacts.</summary>
    public const string Maven = "maven";

    /// <summary>Plain files made from source, for what has no ecosystem.</summary>
    public const string Generic = "generic";

    private const string SourcePrefix = "src/";

    /// <summary>The coordinate of an image: <c>docker:docker.io/library/alpine:3.16</c>.</summary>
    public static string Of(ImageReference image) => $"{Docker}:{image}";

    /// <summary>The coordinate of a version of a Maven artifact: <c>maven:org.acme:lib:1.0</c>.</summary>
    public static string Of(MavenCoordinates version) => $"{Maven}:{version}";

    /// <summary>The image of a coordinate, when it is one in its full form.</summary>
    public static ImageReference? ToImage(string coordinate)
    {
        ArgumentNullException.ThrowIfNull(coordinate);
        if (!coordinate.StartsWith(Docker + ":", StringComparison.Ordinal))
            return null;
        return ImageReference.TryParse(coordinate[(Docker.Length + 1)..], out var image, out _) && Of(image) == coordinate ? image : null;
    }

    /// <summary>The coordinate of a Maven version, <c>G:A:V</c>: <c>maven:org.acme:lib:1.0</c>.</summary>
    public static string OfMaven(string gav) => $"{Maven}:{gav}";

    /// <summary>The <c>G:A:V</c> of a coordinate, when it is one by the rules of <see cref="MavenCoordinates"/>.</summary>
    public static string? ToMaven(string coordinate)
    {
        ArgumentNullException.ThrowIfNull(coordinate);
        if (!coordinate.StartsWith(Maven + ":", StringComparison.Ordinal))
            return null;
        var gav = coordinate[(Maven.Length + 1)..];
        return MavenCoordinates.TryParse(gav, out _, out _) ? gav : null;
    }

    /// <summary>What the output of a request answers to whose source no mapping names: no package's name.</summary>
    /// <param name="specification">The digest of the build specification.</param>
    public static string OfSource(Digest specification) => SourcePrefix + specification.Hex;

    /// <summary>Whether a coordinate is one of <see cref="OfSource"/>.</summary>
    public static bool IsSource(string coordinate)
    {
        ArgumentNullException.ThrowIfNull(coordinate);
        return coordinate.StartsWith(SourcePrefix, StringComparison.Ordinal);
    }

    /// <summary>The folder below which the outputs of a coordinate that is built have their names; null for a coordinate that is not built.</summary>
    public static string? OutputFolder(string coordinate)
    {
        if (ToMaven(coordinate) is { } gav)
            return MavenFolder(gav);
        var parts = coordinate.Split(':');
        return parts.Length == 3 && parts[0] == Generic && IsPart(parts[1]) && IsPart(parts[2]) ? $"{Generic}/{parts[1]}/{parts[2]}/" : null;
    }

    /// <summary>The folder of a Maven version in the repository layout, with its slash: <c>org/acme/lib/1.0/</c>.</summary>
    /// <param name="gav"><c>G:A:V</c>.</param>
    public static string MavenFolder(string gav) => MavenCoordinates.Parse(gav).Directory + "/";

    /// <summary>Whether what the coordinate names may never change: a release built or notarized, an image by digest.</summary>
    public static bool IsImmutable(string coordinate) =>
        IsSource(coordinate) || ToImage(coordinate) is { Digest: not null }
        || (OutputFolder(coordinate) is not null && !coordinate.EndsWith("-SNAPSHOT", StringComparison.Ordinal));

    private static bool IsPart(string text) => text.Trim('.').Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');
}
