using Pyrsia.Contracts;

namespace Pyrsia.Provenance.Entries;

/// <summary>The name under which the log knows an artifact: an ecosystem, a colon, and the ecosystem's full name of it.</summary>
public static class Coordinate
{
    /// <summary>Images.</summary>
    public const string Docker = "docker";

    /// <summary>Maven artifacts.</summary>
    public const string Maven = "maven";

    /// <summary>The coordinate of an image: <c>docker:docker.io/library/alpine:3.16</c>.</summary>
    public static string Of(ImageReference image) => $"{Docker}:{image}";

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

    /// <summary>The <c>G:A:V</c> of a coordinate, when it is one; each part has only letters, digits, '.', '_' and '-'.</summary>
    public static string? ToMaven(string coordinate)
    {
        ArgumentNullException.ThrowIfNull(coordinate);
        if (!coordinate.StartsWith(Maven + ":", StringComparison.Ordinal))
            return null;
        var gav = coordinate[(Maven.Length + 1)..];
        var parts = gav.Split(':');
        return parts.Length == 3 && parts.All(p => p.Trim('.').Length > 0 && p.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-')) ? gav : null;
    }

    /// <summary>The folder of a Maven version in the repository layout, with its slash: <c>org/acme/lib/1.0/</c>.</summary>
    /// <param name="gav"><c>G:A:V</c>.</param>
    public static string MavenFolder(string gav)
    {
        ArgumentNullException.ThrowIfNull(gav);
        var parts = gav.Split(':');
        return $"{parts[0].Replace('.', '/')}/{parts[1]}/{parts[2]}/";
    }

    /// <summary>Whether what the coordinate names may never change: a Maven release, an image by digest.</summary>
    public static bool IsImmutable(string coordinate) =>
        coordinate.StartsWith(Maven + ":", StringComparison.Ordinal)
            ? !coordinate.EndsWith("-SNAPSHOT", StringComparison.Ordinal)
            : ToImage(coordinate) is { Digest: not null };
}
