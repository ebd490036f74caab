using System.IO.Compression;
using System.Text.Json;
using Pyrsia.Contracts;

namespace Pyrsia.Builds.Assembling;

/// <summary>A layer of a base image, which stays byte for byte what it is.</summary>
/// <param name="Descriptor">How the new manifest names it.</param>
/// <param name="Path">Where its bytes are, as its digest names them.</param>
/// <param name="DiffId">Digest of its uncompressed tar.</param>
public sealed record BaseLayer(Descriptor Descriptor, string Path, string DiffId)
{
    /// <summary>Opens its tar.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    internal Stream OpenTar() => Descriptor.MediaType == MediaTypes.OciLayerGzip ? new GZipStream(File.OpenRead(Path), CompressionMode.Decompress) : File.OpenRead(Path);
}

/// <summary>An image that others are built on.</summary>
/// <param name="Layers">Its layers, lowest first.</param>
/// <param name="Config">How it is run.</param>
public sealed record BaseImage(IReadOnlyList<BaseLayer> Layers, ImageConfig Config)
{
    /// <summary>Longest manifest in bytes, as registries have it.</summary>
    public const int MaxManifestBytes = 4 << 20;

    /// <summary>Most layers: more than what a Docker engine stacks.</summary>
    public const int MaxLayers = 127;

    private const string DockerLayerGzip = "application/vnd.docker.image.rootfs.diff.tar.gzip";

    /// <summary>Reads an image whose digests have been verified.</summary>
    /// <param name="manifest">Its manifest.</param>
    /// <param name="config">Its configuration.</param>
    /// <param name="pathOf">Where a layer of that digest is.</param>
    /// <exception cref="ImageRefusedException">It is no image of this form.</exception>
    public static BaseImage Read(ReadOnlyMemory<byte> manifest, ReadOnlyMemory<byte> config, Func<Digest, string> pathOf)
    {
        var layers = ImageManifestReader.Read(manifest).Layers;
        var diffIds = DiffIds(config);
        if (layers.Count != diffIds.Count || layers.Count > MaxLayers) throw new ImageRefusedException($"The base image names {layers.Count} layers in its manifest and {diffIds.Count} in its configuration; at most {MaxLayers} are taken.");
        return new BaseImage([.. layers.Zip(diffIds, (layer, diffId) => new BaseLayer(Oci(layer), pathOf(layer.Digest), diffId))], ImageConfig.Parse(config));
    }

    /// <summary>Digests of the uncompressed layers that a configuration names, lowest first.</summary>
    internal static IReadOnlyList<string> DiffIds(ReadOnlyMemory<byte> config)
    {
        try
        {
            using var json = JsonDocument.Parse(config);
            return [.. json.RootElement.GetProperty("rootfs").GetProperty("diff_ids").EnumerateArray().Select(id => Digest.Parse(id.GetString()!).ToString())];
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new ImageRefusedException($"An image's configuration is malformed: {e.Message}", e);
        }
    }

    /// <summary>A layer under the name that OCI has for its form.</summary>
    private static Descriptor Oci(Descriptor layer) => layer.MediaType switch
    {
        DockerLayerGzip or MediaTypes.OciLayerGzip => layer with { MediaType = MediaTypes.OciLayerGzip },
        MediaTypes.OciLayer => layer,
        _ => throw new ImageRefusedException($"The base image has a layer of type {layer.MediaType}; plain tars and tars with gzip are taken."),
    };
}
