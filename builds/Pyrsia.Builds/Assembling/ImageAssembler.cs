using System.Text;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Formats;

namespace Pyrsia.Builds.Assembling;

/// <summary>A file that is put into an image.</summary>
/// <param name="Name">Its name in the image, without a leading slash.</param>
/// <param name="Path">Where its content is.</param>
/// <param name="IsExecutable">Whether anybody may run it.</param>
public sealed record AddedFile(string Name, string Path, bool IsExecutable = false);

/// <summary>One of the pieces of an image.</summary>
/// <param name="Descriptor">What names it.</param>
/// <param name="Path">Where it lies.</param>
public sealed record ImagePiece(Descriptor Descriptor, string Path);

/// <summary>An image on this machine.</summary>
/// <param name="Manifest">Its manifest; the digest of it is the image's.</param>
/// <param name="Config">Its configuration.</param>
/// <param name="Layers">Its layers, lowest first, those of the base among them.</param>
/// <param name="Packages">What is installed in it, as far as its own lists say.</param>
public sealed record AssembledImage(ImagePiece Manifest, ImagePiece Config, IReadOnlyList<ImagePiece> Layers, IReadOnlyList<ImagePackage> Packages);

/// <summary>
/// Makes an image of a base and what has changed: the same bytes on every machine and whatever program made the change (decision 0012). The base's layers stay as they are, and what differs
/// from them becomes one layer above.
/// </summary>
/// <param name="limits">How large an image may be.</param>
public sealed class ImageAssembler(ImageLimits limits)
{
    /// <summary>Puts an image together from what a program built on a base.</summary>
    /// <param name="archive">What it saved: a docker archive.</param>
    /// <param name="below">The base; null for none.</param>
    /// <param name="time">The output timestamp.</param>
    /// <param name="folder">Where the pieces go; made when it is not there.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ImageRefusedException">Base or archive are malformed or too large, or the archive stands on another base.</exception>
    public async Task<AssembledImage> AssembleAsync(string archive, BaseImage? below, DateTimeOffset time, string folder, CancellationToken cancellationToken)
    {
        var built = await ImageArchive.OpenAsync(archive, limits.MaxBytes, cancellationToken).ConfigureAwait(false);
        var diffIds = BaseImage.DiffIds(built.Config);
        var inherited = below?.Layers.Count ?? 0;
        if (diffIds.Count != built.Layers.Count || diffIds.Count > BaseImage.MaxLayers || !diffIds.Take(inherited).SequenceEqual(below?.Layers.Select(layer => layer.DiffId) ?? []))
            throw new ImageRefusedException("What was built does not stand on the layers of its base.");
        var tree = await TreeAsync(below, time, cancellationToken).ConfigureAwait(false);
        foreach (var (offset, size) in built.Layers.Skip(inherited)) await tree.ApplyAsync(archive, offset, size, cancellationToken).ConfigureAwait(false);
        return await WriteAsync(tree, ImageConfig.Parse(built.Config), below, time, folder, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Puts an image together from files, such as a built artifact.</summary>
    /// <param name="files">The files; they belong to root, and so do the directories that are made for them.</param>
    /// <param name="config">How the image is run.</param>
    /// <param name="below">The base; null for none.</param>
    /// <param name="time">The output timestamp.</param>
    /// <param name="folder">Where the pieces go; made when it is not there.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ImageRefusedException">A name is none, or the base is malformed or too large.</exception>
    public async Task<AssembledImage> AssembleAsync(IEnumerable<AddedFile> files, ImageConfig config, BaseImage? below, DateTimeOffset time, string folder, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(config);
        var tree = await TreeAsync(below, time, cancellationToken).ConfigureAwait(false);
        foreach (var file in files)
            tree.Put(Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(file.Name)), file.IsExecutable ? 0x1ed : 0x1a4, FileContent.At(file.Path, 0, new FileInfo(file.Path).Length)); // 0755, 0644
        return await WriteAsync(tree, config, below, time, folder, cancellationToken).ConfigureAwait(false);
    }

    private async Task<FileTree> TreeAsync(BaseImage? below, DateTimeOffset time, CancellationToken cancellationToken)
    {
        var tree = new FileTree(limits, time.ToUnixTimeSeconds());
        foreach (var layer in below?.Layers ?? [])
        {
            await using var tar = layer.OpenTar();
            await tree.ApplyAsync(tar, cancellationToken).ConfigureAwait(false);
        }
        tree.Settle();
        return tree;
    }

    private static async Task<AssembledImage> WriteAsync(FileTree tree, ImageConfig config, BaseImage? below, DateTimeOffset time, string folder, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        List<ImagePiece> layers = [.. (below?.Layers ?? []).Select(layer => new ImagePiece(layer.Descriptor, layer.Path))];
        List<string> diffIds = [.. (below?.Layers ?? []).Select(layer => layer.DiffId)];
        // An image has one layer at least: some programs take none without.
        if (await LayerAsync(tree, time, Path.Combine(folder, "layer.tar"), keepEmpty: layers.Count == 0, cancellationToken).ConfigureAwait(false) is { } change)
        {
            layers.Add(change);
            diffIds.Add(change.Descriptor.Digest.ToString());
        }
        var configPiece = await KeepAsync(config.ToBytes(diffIds, time), MediaTypes.OciConfig, Path.Combine(folder, "config.json"), cancellationToken).ConfigureAwait(false);
        var manifest = CanonicalObject.Of([
            ("schemaVersion", 2L), ("mediaType", MediaTypes.OciManifest), ("config", Descriptor(configPiece.Descriptor)), ("layers", CanonicalArray.Of(layers.Select(layer => Descriptor(layer.Descriptor))))]);
        return new AssembledImage(await KeepAsync(manifest.ToBytes(), MediaTypes.OciManifest, Path.Combine(folder, "manifest.json"), cancellationToken).ConfigureAwait(false), configPiece, layers, await InstalledPackages.ReadAsync(tree, cancellationToken).ConfigureAwait(false));
    }

    private static async Task<ImagePiece?> LayerAsync(FileTree tree, DateTimeOffset time, string path, bool keepEmpty, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 });
        using var writer = new LayerWriter(file);
        var delta = new LayerDelta(writer, time.ToUnixTimeSeconds());
        await delta.WriteAsync(tree.Root, cancellationToken).ConfigureAwait(false);
        var digest = await writer.EndAsync(cancellationToken).ConfigureAwait(false);
        return delta.IsEmpty && !keepEmpty ? null : new ImagePiece(new Descriptor(MediaTypes.OciLayer, digest, writer.Length), path);
    }

    private static async Task<ImagePiece> KeepAsync(byte[] content, string mediaType, string path, CancellationToken cancellationToken)
    {
        await File.WriteAllBytesAsync(path, content, cancellationToken).ConfigureAwait(false);
        return new ImagePiece(new Descriptor(mediaType, Digest.Of(content), content.Length), path);
    }

    private static CanonicalObject Descriptor(Descriptor descriptor) => CanonicalObject.Of([("mediaType", descriptor.MediaType), ("digest", descriptor.Digest.ToString()), ("size", descriptor.Size)]);
}
