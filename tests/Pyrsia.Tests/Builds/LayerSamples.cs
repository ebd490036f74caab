using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Pyrsia.Builds.Assembling;
using Pyrsia.Contracts;

namespace Pyrsia.Tests.Builds;

/// <summary>Layers and archives as other programs write them, by the base library's tar.</summary>
internal static class LayerSamples
{
    /// <summary>A later time than any that an image may show.</summary>
    internal static readonly DateTimeOffset BuildTime = DateTimeOffset.FromUnixTimeSeconds(1_900_000_000);

    internal static PaxTarEntry File(string name, string content, int mode = 0x1a4, DateTimeOffset? time = null) =>
        new(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(content)), Mode = (UnixFileMode)mode, ModificationTime = time ?? BuildTime, UserName = "builder", GroupName = "users" };

    internal static PaxTarEntry Directory(string name, int mode = 0x1ed) => new(TarEntryType.Directory, name) { Mode = (UnixFileMode)mode, ModificationTime = BuildTime };

    internal static PaxTarEntry Link(TarEntryType type, string name, string target) => new(type, name) { LinkName = target, ModificationTime = BuildTime };

    internal static PaxTarEntry Gone(string name) => File(name.LastIndexOf('/') is var slash and >= 0 ? $"{name[..(slash + 1)]}.wh.{name[(slash + 1)..]}" : $".wh.{name}", "");

    internal static byte[] Layer(params TarEntry[] entries)
    {
        using var stream = new MemoryStream();
        using (var writer = new TarWriter(stream, TarEntryFormat.Pax, leaveOpen: true))
            foreach (var entry in entries)
            {
                if (entry.DataStream is { } data) data.Position = 0;
                writer.WriteEntry(entry);
            }
        return stream.ToArray();
    }

    internal static string Sha(byte[] bytes) => $"sha256:{Convert.ToHexStringLower(SHA256.HashData(bytes))}";

    internal static byte[] Config(object execution, params byte[][] layers) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        architecture = "amd64",
        os = "linux",
        created = "2026-01-01T10:11:12.123456789Z",
        container = "0123",
        docker_version = "20.10.24",
        config = execution,
        history = new[] { new { created_by = "RUN something" } },
        rootfs = new { type = "layers", diff_ids = layers.Select(Sha) },
    });

    /// <summary>What <c>docker save</c> writes of an image.</summary>
    internal static string Archive(string path, object execution, params byte[][] layers)
    {
        using var stream = System.IO.File.Create(path);
        using var writer = new TarWriter(stream, TarEntryFormat.Ustar);
        void Add(string name, byte[] content) => writer.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) });
        for (var i = 0; i < layers.Length; i++)
        {
            var same = Array.FindIndex(layers, layer => ReferenceEquals(layer, layers[i]));
            if (same == i) Add($"{i}/layer.tar", layers[i]);
            else writer.WriteEntry(new UstarTarEntry(TarEntryType.SymbolicLink, $"{i}/layer.tar") { LinkName = $"../{same}/layer.tar" });
        }
        Add("config.json", Config(execution, layers));
        Add("manifest.json", JsonSerializer.SerializeToUtf8Bytes(new[] { new { Config = "config.json", RepoTags = new[] { "result:latest" }, Layers = layers.Select((_, i) => $"{i}/layer.tar") } }));
        return path;
    }

    /// <summary>A base image of these layers, with gzip where that is asked for.</summary>
    internal static BaseImage Base(Pyrsia.Testing.TemporaryDirectory directory, bool gzip, params byte[][] layers)
    {
        var config = Config(new { Env = new[] { "PATH=/usr/bin" } }, layers);
        var descriptors = layers.Select(layer =>
        {
            var bytes = gzip ? Gzip(layer) : layer;
            System.IO.File.WriteAllBytes(directory[Digest.Of(bytes).Hex], bytes);
            return new { mediaType = gzip ? "application/vnd.docker.image.rootfs.diff.tar.gzip" : MediaTypes.OciLayer, digest = Sha(bytes), size = bytes.Length };
        }).ToArray();
        var manifest = JsonSerializer.SerializeToUtf8Bytes(new { schemaVersion = 2, config = new { mediaType = MediaTypes.OciConfig, digest = Sha(config), size = config.Length }, layers = descriptors });
        return BaseImage.Read(manifest, config, digest => directory[digest.Hex]);
    }

    private static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionLevel.Fastest)) gzip.Write(bytes);
        return packed.ToArray();
    }
}
