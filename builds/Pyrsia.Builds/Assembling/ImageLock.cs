using Pyrsia.Contracts;
using Pyrsia.Provenance.Specifications;

namespace Pyrsia.Builds.Assembling;

/// <summary>
/// Base images in a dependency lock: for each name that a Dockerfile says, its manifest, its configuration and its layers, and the index that led to the manifest where there is one, each by digest. The
/// path is the name with <c>/index</c>, <c>/manifest</c>, <c>/config</c> or <c>/layers/NNN</c> behind it.
/// </summary>
internal static class ImageLock
{
    private const string Manifest = "/manifest";
    private const string Config = "/config";
    private const string Layers = "/layers/";

    /// <summary>The files of an image.</summary>
    /// <param name="name">What the Dockerfile calls it, in full.</param>
    /// <param name="index">The index that the name leads to; null where it leads to the manifest.</param>
    /// <param name="manifest">Its manifest's digest and size.</param>
    /// <param name="content">What the manifest names.</param>
    internal static IEnumerable<LockedFile> Of(ImageReference name, (Digest Digest, long Size)? index, (Digest Digest, long Size) manifest, ImageManifestContent content)
    {
        if (index is { } first) yield return new LockedFile($"{name}/index", first.Digest, first.Size);
        yield return new LockedFile(name + Manifest, manifest.Digest, manifest.Size);
        yield return new LockedFile(name + Config, content.Config.Digest, content.Config.Size);
        for (var i = 0; i < content.Layers.Count; i++) yield return new LockedFile($"{name}{Layers}{i:000}", content.Layers[i].Digest, content.Layers[i].Size);
    }

    /// <summary>The files of one image in a lock, or null when it has not all of them: the manifest, the configuration and the layers.</summary>
    internal static (LockedFile Manifest, LockedFile Config, IReadOnlyList<LockedFile> Layers)? Find(DependencyLock files, ImageReference name)
    {
        var manifest = files.Files.FirstOrDefault(file => file.Path == name + Manifest);
        var config = files.Files.FirstOrDefault(file => file.Path == name + Config);
        return manifest is null || config is null ? null : (manifest, config, [.. files.Files.Where(file => file.Path.StartsWith(name + Layers, StringComparison.Ordinal))]);
    }
}
