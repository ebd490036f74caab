using System.Collections.Immutable;
using Pyrsia.Contracts;
using Pyrsia.Contracts.NodeApi;
using Pyrsia.Provenance.Entries;

namespace Pyrsia.Provenance.Packages;

/// <summary>
/// Images, by registry, repository and tag or digest. What a notarized one consists of is known by digest alone. Of one that is built, manifest, configuration, list of packages and layers have names below
/// <c>docker/REGISTRY/REPOSITORY:TAG/</c>, the layers by their digests.
/// </summary>
public sealed class DockerNames : IPackageNames
{
    /// <summary>The manifest's name in the folder of an image.</summary>
    public const string ManifestName = "manifest.json";

    /// <summary>The configuration's name in the folder of an image.</summary>
    public const string ConfigName = "config.json";

    /// <summary>The name of the list of packages in the folder of an image: its software bill of materials, as CycloneDX.</summary>
    public const string PackagesName = "packages.cdx.json";

    private const string Manifests = "/manifests/";
    private const string Layers = "layers/";
    private const string Tar = ".tar";
    private const string TarGzip = ".tar.gz";

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
    public string? OutputFolder(string name) => DigestIn(name) is null ? $"{Type}/{name}/" : null;

    /// <summary>The files that every build of an image makes, the manifest first.</summary>
    public ImmutableArray<string> OutputsOf(string name)
    {
        var folder = OutputFolder(name) ?? throw new ArgumentException("An image by digest is built by nobody.", nameof(name));
        return [folder + ManifestName, folder + ConfigName, folder + PackagesName];
    }

    /// <summary>The name of a layer in the folder of an image.</summary>
    public static string LayerName(Descriptor layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        return $"{Layers}{layer.Digest.Hex}{(layer.MediaType == MediaTypes.OciLayerGzip ? TarGzip : Tar)}";
    }

    /// <inheritdoc/>
    public bool IsNamedByContent(string name, string output, Digest digest)
    {
        var layer = $"{OutputFolder(name)}{Layers}{digest.Hex}";
        return DigestIn(name) is null && (output == layer + Tar || output == layer + TarGzip);
    }

    /// <inheritdoc/>
    public string MediaType(string output)
    {
        ArgumentNullException.ThrowIfNull(output);
        return output[(output.LastIndexOf('/') + 1)..] switch
        {
            ManifestName => MediaTypes.OciManifest,
            ConfigName => MediaTypes.OciConfig,
            PackagesName => MediaTypes.CycloneDx,
            var layer when layer.EndsWith(TarGzip, StringComparison.Ordinal) => MediaTypes.OciLayerGzip,
            var layer when layer.EndsWith(Tar, StringComparison.Ordinal) => MediaTypes.OciLayer,
            _ => MediaTypes.OctetStream,
        };
    }

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
