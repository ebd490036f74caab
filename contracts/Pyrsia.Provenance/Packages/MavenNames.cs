using Pyrsia.Contracts;
using Pyrsia.Contracts.NodeApi;
using Pyrsia.Provenance.Entries;

namespace Pyrsia.Provenance.Packages;

/// <summary>Versions of Maven artifacts, <c>G:A:V</c>, in the Maven 2 repository layout.</summary>
public sealed class MavenNames : IPackageNames
{
    /// <inheritdoc/>
    public string Type => Coordinate.Maven;

    /// <inheritdoc/>
    public string Example => "org.acme:lib:1.0";

    /// <inheritdoc/>
    public bool HasUpstream => true;

    /// <inheritdoc/>
    public bool IsServedPlain => false;

    /// <inheritdoc/>
    public string? Parse(string text) => MavenCoordinates.TryParse(text, out var version, out _) ? version.ToString() : null;

    /// <inheritdoc/>
    public bool IsImmutable(string name) => !name.EndsWith(MavenCoordinates.SnapshotSuffix, StringComparison.Ordinal);

    /// <inheritdoc/>
    public Digest? DigestIn(string name) => null;

    /// <inheritdoc/>
    public string OutputFolder(string name) => MavenCoordinates.Parse(name).Directory + "/";

    /// <inheritdoc/>
    public string MediaType(string output) => File(output) is { } file ? MavenMediaTypes.Of(file.Extension) : MediaTypes.OctetStream;

    /// <inheritdoc/>
    public string PathOf(PackageFile file) => $"{ApiRoutes.Maven}/{file.Output}";

    /// <inheritdoc/>
    public PackageFile? Locate(string path) =>
        path.StartsWith(ApiRoutes.Maven + "/", StringComparison.Ordinal) && File(path[(ApiRoutes.Maven.Length + 1)..]) is { } file ? new PackageFile(file.Coordinates.ToString(), file.Target) : null;

    private static MavenFilePath? File(string text) =>
        MavenPath.TryParse(text, out var path) == MavenPathFault.None && path is MavenFilePath { Checksum: null } file ? file : null;
}
