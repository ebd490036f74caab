using System.Formats.Tar;
using System.IO.Pipelines;
using Pyrsia.Builds.Assembling;
using Pyrsia.Provenance.Formats;

namespace Pyrsia.Builds.Docker;

/// <summary>
/// Writes an image as <c>docker save</c> does, the form in which Docker engines and buildah take one in without asking a registry. The same image gives the same id each time, so that two programs that hand
/// it to one engine at once leave one there.
/// </summary>
internal static class EngineArchive
{
    /// <summary>Writes it.</summary>
    /// <param name="image">The image.</param>
    /// <param name="name">Its repository and tag in the engine.</param>
    /// <param name="into">Where to.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal static async Task WriteAsync(BaseImage image, string name, Stream into, CancellationToken cancellationToken)
    {
        await using var tar = new TarWriter(into, TarEntryFormat.Pax, leaveOpen: true);
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

    /// <summary>Has an engine load it, without a file between.</summary>
    internal static async Task LoadAsync(this DockerEngine engine, BaseImage image, string name, CancellationToken cancellationToken)
    {
        var pipe = new Pipe();
        var writing = FillAsync();
        try
        {
            await using var reader = pipe.Reader.AsStream();
            await engine.LoadImagesAsync(reader, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // An engine that refuses early reads no further, and what is written then goes nowhere.
            await pipe.Reader.CompleteAsync().ConfigureAwait(false);
            await writing.ConfigureAwait(false);
        }

        async Task FillAsync()
        {
            Exception? failed = null;
            try
            {
                await using var stream = pipe.Writer.AsStream(leaveOpen: true);
                await WriteAsync(image, name, stream, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or OperationCanceledException)
            {
                failed = e;
            }
            await pipe.Writer.CompleteAsync(failed).ConfigureAwait(false);
        }
    }
}
