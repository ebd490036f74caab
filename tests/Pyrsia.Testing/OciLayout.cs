using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Pyrsia.Contracts;

namespace Pyrsia.Testing;

/// <summary>Writes images into an OCI layout directory.</summary>
public sealed class OciLayout
{
    private readonly string _directory;
    private readonly JsonArray _index = [];

    /// <summary>Begins a layout.</summary>
    public OciLayout(string directory)
    {
        _directory = directory;
        Directory.CreateDirectory(Path.Combine(directory, "blobs", "sha256"));
        File.WriteAllText(Path.Combine(directory, "oci-layout"), """{"imageLayoutVersion":"1.0.0"}""");
    }

    /// <summary>Adds a blob of some bytes.</summary>
    public Descriptor Add(string mediaType, ReadOnlySpan<byte> content)
    {
        var digest = Digest.Of(content);
        File.WriteAllBytes(PathOf(digest), content);
        return new Descriptor(mediaType, digest, content.Length);
    }

    /// <summary>Adds a gzip-compressed tar as a layer, without copying it.</summary>
    /// <returns>The layer, and the digest of the tar inside.</returns>
    public (Descriptor Layer, Digest DiffId) AddLayer(string path)
    {
        Digest digest;
        using (var file = File.OpenRead(path)) digest = new Digest(SHA256.HashData(file));
        if (!File.Exists(PathOf(digest))) File.CreateSymbolicLink(PathOf(digest), path);
        using var zipped = File.OpenRead(path);
        using var tar = new GZipStream(zipped, CompressionMode.Decompress);
        return (new Descriptor(MediaTypes.OciLayerGzip, digest, new FileInfo(path).Length), new Digest(SHA256.HashData(tar)));
    }

    /// <summary>Adds a layer of one file.</summary>
    public (Descriptor Layer, Digest DiffId) AddLayer(string name, byte[] content)
    {
        var gzip = SmallLayer(name, content);
        using var tar = new GZipStream(new MemoryStream(gzip), CompressionMode.Decompress);
        return (Add(MediaTypes.OciLayerGzip, gzip), new Digest(SHA256.HashData(tar)));
    }

    /// <summary>Adds an image whose only layer has a file of as many bytes, made from the seed.</summary>
    public Descriptor AddImage(string architecture, int size, int seed)
    {
        var content = new byte[size];
        new Random(seed).NextBytes(content);
        return AddImage(architecture, [AddLayer("content", content)], "true");
    }

    /// <summary>Adds an image of layers.</summary>
    public Descriptor AddImage(string architecture, IReadOnlyList<(Descriptor Layer, Digest DiffId)> layers, params string[] command)
    {
        var config = new JsonObject
        {
            ["architecture"] = architecture,
            ["os"] = "linux",
            ["config"] = new JsonObject { ["Cmd"] = new JsonArray([.. command.Select(c => (JsonNode)c)]), ["Env"] = new JsonArray("PATH=/usr/sbin:/usr/bin:/sbin:/bin") },
            ["rootfs"] = new JsonObject { ["type"] = "layers", ["diff_ids"] = new JsonArray([.. layers.Select(l => (JsonNode)l.DiffId.ToString())]) },
        };
        var manifest = new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = MediaTypes.OciManifest,
            ["config"] = Describe(Add(MediaTypes.OciConfig, Encoding.UTF8.GetBytes(config.ToJsonString()))),
            ["layers"] = new JsonArray([.. layers.Select(l => (JsonNode)Describe(l.Layer))]),
        };
        return Add(MediaTypes.OciManifest, Encoding.UTF8.GetBytes(manifest.ToJsonString()));
    }

    /// <summary>Adds an index of images by architecture.</summary>
    public Descriptor AddIndex(params (string Architecture, Descriptor Image)[] images)
    {
        var children = images.Select(i =>
        {
            var child = Describe(i.Image);
            child["platform"] = new JsonObject { ["architecture"] = i.Architecture, ["os"] = "linux" };
            return (JsonNode)child;
        });
        return Add(MediaTypes.OciIndex, Encoding.UTF8.GetBytes(new JsonObject { ["schemaVersion"] = 2, ["mediaType"] = MediaTypes.OciIndex, ["manifests"] = new JsonArray([.. children]) }.ToJsonString()));
    }

    /// <summary>Gives an image or index a name, and writes the layout's index.</summary>
    public void Name(string name, Descriptor image)
    {
        var entry = Describe(image);
        entry["annotations"] = new JsonObject { ["org.opencontainers.image.ref.name"] = name };
        _index.Add((JsonNode)entry);
        File.WriteAllText(Path.Combine(_directory, "index.json"), new JsonObject { ["schemaVersion"] = 2, ["manifests"] = _index.DeepClone() }.ToJsonString());
    }

    /// <summary>A gzip-compressed tar with one file.</summary>
    public static byte[] SmallLayer(string name, byte[] content)
    {
        using var bytes = new MemoryStream();
        using (var zip = new GZipStream(bytes, CompressionLevel.Fastest, leaveOpen: true))
        using (var tar = new System.Formats.Tar.TarWriter(zip))
            tar.WriteEntry(new System.Formats.Tar.UstarTarEntry(System.Formats.Tar.TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content), ModificationTime = DateTimeOffset.UnixEpoch });
        return bytes.ToArray();
    }

    private string PathOf(Digest digest) => Path.Combine(_directory, "blobs", "sha256", digest.Hex);

    private static JsonObject Describe(Descriptor descriptor) => new() { ["mediaType"] = descriptor.MediaType, ["digest"] = descriptor.Digest.ToString(), ["size"] = descriptor.Size };
}
