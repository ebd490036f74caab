using System.Text.Json;
using Pyrsia.Contracts;

namespace Pyrsia.Builds.Assembling;

/// <summary>A manifest's config and layers.</summary>
/// <param name="Config">Its configuration.</param>
/// <param name="Layers">Its layers, lowest first.</param>
public sealed record ImageManifestContent(Descriptor Config, IReadOnlyList<Descriptor> Layers);

/// <summary>Reads what a build needs of manifests and indexes.</summary>
/// <seealso href="https://github.com/opencontainers/image-spec/blob/v1.1.0/manifest.md"/>
public static class ImageManifestReader
{
    /// <summary>Reads a manifest.</summary>
    /// <exception cref="ImageRefusedException">It is none.</exception>
    public static ImageManifestContent Read(ReadOnlyMemory<byte> manifest) => Parse(manifest, root => new ImageManifestContent(Descriptor(root.GetProperty("config")), [.. root.GetProperty("layers").EnumerateArray().Select(Descriptor)]));

    /// <summary>The manifest for a platform in an index; null when the bytes are no index.</summary>
    /// <param name="index">The bytes.</param>
    /// <param name="architecture">The processor, as Go names it; the system is linux.</param>
    /// <exception cref="ImageRefusedException">It is malformed, or has none for the platform.</exception>
    public static Descriptor? FindIn(ReadOnlyMemory<byte> index, string architecture) => Parse(index, root =>
    {
        if (!root.TryGetProperty("manifests", out var manifests)) return null;
        foreach (var child in manifests.EnumerateArray())
        {
            if (child.TryGetProperty("platform", out var platform) && platform.GetProperty("os").GetString() == "linux" && platform.GetProperty("architecture").GetString() == architecture) return Descriptor(child);
        }
        throw new ImageRefusedException($"The base image has no variant for linux/{architecture}.");
    });

    private static T Parse<T>(ReadOnlyMemory<byte> bytes, Func<JsonElement, T> read)
    {
        try
        {
            using var json = JsonDocument.Parse(bytes);
            return read(json.RootElement);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new ImageRefusedException($"An image's manifest is malformed: {e.Message}", e);
        }
    }

    private static Descriptor Descriptor(JsonElement item)
    {
        var size = item.GetProperty("size").GetInt64();
        return size < 0 ? throw new FormatException("a negative size") : new Descriptor(item.GetProperty("mediaType").GetString() ?? throw new FormatException("a null media type"), Digest.Parse(item.GetProperty("digest").GetString()!), size);
    }
}
