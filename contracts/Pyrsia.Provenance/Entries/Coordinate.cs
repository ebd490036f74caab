using Pyrsia.Contracts;
using Pyrsia.Provenance.Packages;

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
    public static ImageReference? ToImage(string coordinate) =>
        PackageNames.Split(coordinate) is var (names, name) && names.Type == Docker ? ImageReference.Parse(name) : null;

    /// <summary>The coordinate of a Maven version, <c>G:A:V</c>: <c>maven:org.acme:lib:1.0</c>.</summary>
    public static string OfMaven(string gav) => $"{Maven}:{gav}";

    /// <summary>The <c>G:A:V</c> of a coordinate, when it is one by the rules of <see cref="MavenCoordinates"/>.</summary>
    public static string? ToMaven(string coordinate) =>
        PackageNames.Split(coordinate) is var (names, name) && names.Type == Maven ? name : null;

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
    public static string? OutputFolder(string coordinate) => PackageNames.Split(coordinate) is var (names, name) ? names.OutputFolder(name) : null;

    /// <summary>Whether what the coordinate names may never change: a release built or notarized, an image by digest.</summary>
    public static bool IsImmutable(string coordinate) => IsSource(coordinate) || (PackageNames.Split(coordinate) is var (names, name) && names.IsImmutable(name));
}
