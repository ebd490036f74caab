using System.Formats.Tar;
using Pyrsia.Builds.Assembling;
using Pyrsia.Provenance.Formats;

namespace Pyrsia.Builds.Dockerfiles;

/// <summary>Writes a base image in the form in which Docker engines and buildah take one in: no registry is asked for it.</summary>
internal static class BaseArchive
{
    /// <summary>The repository under which programs that build find bases. Names below <c>invalid</c> exist nowhere (RFC 6761), so that none is ever fetched.</summary>
    private const string Repository = "pyrsia.invalid/base";

    /// <summary>The name of a base for a Dockerfile.</summary>
    /// <param name="manifest">Digest of its manifest.</param>
    internal static string NameOf(Contracts.Digest manifest) => $"{Repository}:{manifest.Hex}";

    /// <summary>Writes the archive.</summary>
    internal static async Task WriteAsync(BaseImage image, string name, string path, CancellationToken cancellationToken)
    {
        await using var file = File.Create(path);
        await using var tar = new TarWriter(file, TarEntryFormat.Pax);
        var names = new List<CanonicalValue>();
        foreach (var layer in image.Layers)
        {
            CanonicalString entry = new($"{layer.Descriptor.Digest.Hex}.tar");
            if (!names.Contains(entry)) await tar.WriteEntryAsync(layer.Path, entry.Value, cancellationToken).ConfigureAwait(false);
            names.Add(entry);
        }
        await AddAsync("config.json", image.Config.ToBytes(image.Layers.Select(layer => layer.DiffId), DateTimeOffset.UnixEpoch)).ConfigureAwait(false);
        await AddAsync("manifest.json", CanonicalArray.Of([CanonicalObject.Of([("Config", "config.json"), ("RepoTags", CanonicalArray.Of([name])), ("Layers", CanonicalArray.Of(names))])]).ToBytes()).ConfigureAwait(false);

        Task AddAsync(string entry, byte[] content) => tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, entry) { DataStream = new MemoryStream(content) }, cancellationToken);
    }
}
