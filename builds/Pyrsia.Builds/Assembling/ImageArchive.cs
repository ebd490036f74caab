using System.Text.Json;

namespace Pyrsia.Builds.Assembling;

/// <summary>
/// An image as <c>docker save</c> and buildah's <c>docker-archive</c> write it: a tar with <c>manifest.json</c>, a configuration and uncompressed layers, some of which are links to others.
/// </summary>
/// <seealso href="https://github.com/moby/docker-image-spec/blob/v1.3.1/v1.2.md#combined-image-json--filesystem-changeset-format"/>
internal sealed class ImageArchive
{
    private const int MaxEntries = 4096;

    private readonly string _path;
    private readonly Dictionary<string, (long Offset, long Size)> _files = new(StringComparer.Ordinal);

    private ImageArchive(string path) => _path = path;

    /// <summary>The configuration.</summary>
    internal byte[] Config { get; private set; } = [];

    /// <summary>Where the layers are, lowest first.</summary>
    internal IReadOnlyList<(long Offset, long Size)> Layers { get; private set; } = [];

    /// <summary>Reads what the archive has.</summary>
    /// <exception cref="ImageRefusedException">It is no such archive of one image.</exception>
    internal static async Task<ImageArchive> OpenAsync(string path, long maxBytes, CancellationToken cancellationToken)
    {
        var archive = new ImageArchive(path);
        var links = new Dictionary<string, string>(StringComparer.Ordinal);
        await using (var tar = File.OpenRead(path))
        {
            using var reader = new LayerReader(tar, new ImageLimits { MaxEntries = MaxEntries, MaxBytes = maxBytes });
            while (await reader.NextAsync(cancellationToken).ConfigureAwait(false) is { } entry)
            {
                if (entry.Kind == LayerEntryKind.File) archive._files[entry.Name] = (reader.ContentOffset, entry.Size);
                // Relative to the link's own folder, one level up at most.
                if (entry.Kind == LayerEntryKind.SymbolicLink) links[entry.Name] = entry.Target.StartsWith("../", StringComparison.Ordinal) ? entry.Target[3..] : entry.Target;
            }
        }
        foreach (var (name, target) in links)
            if (archive._files.TryGetValue(target, out var place)) archive._files.TryAdd(name, place);
        archive.ReadManifest();
        return archive;
    }

    private void ReadManifest()
    {
        try
        {
            using var json = JsonDocument.Parse(Small("manifest.json", BaseImage.MaxManifestBytes));
            if (json.RootElement.GetArrayLength() != 1) throw new ImageRefusedException("The archive does not hold exactly one image.");
            var image = json.RootElement[0];
            Config = Small(image.GetProperty(nameof(Config)).GetString()!, ImageConfig.MaxBytes);
            var layers = image.GetProperty(nameof(Layers));
            Layers = [.. (layers.ValueKind == JsonValueKind.Null ? [] : layers.EnumerateArray().Select(layer => layer.GetString()!)).Select(Place)];
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or ArgumentNullException)
        {
            throw new ImageRefusedException($"The archive's manifest is malformed: {e.Message}", e);
        }
    }

    private (long Offset, long Size) Place(string name) => _files.TryGetValue(name, out var place) ? place : throw new ImageRefusedException($"The archive has no file '{name}'.");

    private byte[] Small(string name, int maxBytes)
    {
        var (offset, size) = Place(name);
        if (size > maxBytes) throw new ImageRefusedException($"The archive's '{name}' is longer than {maxBytes} bytes.");
        var bytes = new byte[size];
        using var file = File.OpenHandle(_path);
        return RandomAccess.Read(file, bytes, offset) == size ? bytes : throw new IOException($"{_path} became shorter while it was read.");
    }
}
