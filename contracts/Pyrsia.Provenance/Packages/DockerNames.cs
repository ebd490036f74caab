using Pyrsia.Contracts;
using Pyrsia.Contracts.NodeApi;
using Pyrsia.Provenance.Entries;

namespace Pyrsia.Provenance.Packages;

/// <summary>Images, by registry, repository and tag or digest. What they consist of is known by digest alone.</summary>
public sealed class DockerNames : IPackageNames
{
    private const string Manifests = "/manifests/";

    /// <inheritdoc/>
    public string Type => Coordinate.Docker;

    /// <inheritdoc/>
    public string Example => "docker.io/library/alpine:3.16";

    /// <inheritdoc/>
    public bool HasUpstream => true;

    /// <inheritdoc/>
    public bool IsServedPlain => false;

    /// <inheritdoc/>
    public string? Parse(string text) => ImageReference.TryParse(text, out var image, out _) ? image.ToString() : null;

    /// <inheritdoc/>
    public bool IsImmutable(string name) => DigestIn(name) is not null;

    /// <inheritdoc/>
    public Digest? DigestIn(string name) => ImageReference.Parse(name).Digest;

    /// <inheritdoc/>
    public string? OutputFolder(string name) => null;

    /// <inheritdoc/>
    public string MediaType(string output) => MediaTypes.OctetStream;

    /// <inheritdoc/>
    public string PathOf(PackageFile file)
    {
        var image = ImageReference.Parse(file.Name);
        return $"{ApiRoutes.Registry}/{image.Name}{Manifests}{(image.Digest is { } digest ? digest.ToString() : image.Tag)}";
    }

    /// <inheritdoc/>
    public PackageFile? Locate(string path)
    {
        var split = path.LastIndexOf(Manifests, StringComparison.Ordinal);
        if (split <= ApiRoutes.Registry.Length || !path.StartsWith(ApiRoutes.Registry + "/", StringComparison.Ordinal)) return null;
        return ImageReference.TryFromRoute(path[(ApiRoutes.Registry.Length + 1)..split], path[(split + Manifests.Length)..], null, out var image, out _) ? new PackageFile(image.ToString(), "") : null;
    }
}
