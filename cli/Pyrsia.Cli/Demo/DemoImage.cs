using System.Formats.Tar;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pyrsia.Cli.Output;
using Pyrsia.Contracts;

namespace Pyrsia.Cli.Demo;

/// <summary>
/// Assembles a real OCI image of these programs in an OCI layout directory. The same files give the same image: names are sorted,
/// times and owners are zero. https://github.com/opencontainers/image-spec/blob/v1.1.0/image-layout.md
/// </summary>
internal static class DemoImage
{
    private const string Root = "opt/pyrsia/";
    private const string Created = "1970-01-01T00:00:00Z";
    private const string Annotation = "org.opencontainers.image.ref.name";

    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Executable = Readable | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Writes the layout; one layer with the libraries and one with the programs' own files, so that the second is all that a new version changes.</summary>
    /// <returns>The image's size in bytes.</returns>
    public static long Write(string layout, string reference, IReadOnlyList<string> programDirectories)
    {
        var blobs = Path.Combine(layout, "blobs", "sha256");
        Directory.CreateDirectory(blobs);
        var files = programDirectories.SelectMany(Directory.EnumerateFiles).Where(IsPartOfProgram).DistinctBy(Path.GetFileName).OrderBy(Path.GetFileName, StringComparer.Ordinal).ToArray();
        var own = files.ToLookup(file => Path.GetFileName(file).StartsWith("pyrsia", StringComparison.OrdinalIgnoreCase));
        var layers = new[] { WriteLayer(blobs, own[false]), WriteLayer(blobs, own[true]) };
        var config = WriteJson(blobs, MediaTypes.OciConfig, Config(layers.Select(l => l.DiffId)));
        var manifest = WriteJson(blobs, MediaTypes.OciManifest, new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = MediaTypes.OciManifest,
            ["config"] = ToJson(config),
            ["layers"] = new JsonArray([.. layers.Select(l => ToJson(l.Layer))]),
        });
        var entry = ToJson(manifest);
        entry["annotations"] = new JsonObject { [Annotation] = reference };
        WriteFile(Path.Combine(layout, "index.json"), new JsonObject { ["schemaVersion"] = 2, ["manifests"] = new JsonArray(entry) });
        WriteFile(Path.Combine(layout, "oci-layout"), new JsonObject { ["imageLayoutVersion"] = "1.0.0" });
        return manifest.Size + config.Size + layers.Sum(l => l.Layer.Size);
    }

    private static bool IsPartOfProgram(string path) => Path.GetExtension(path) is not (".pdb" or ".xml");

    private static (Descriptor Layer, Digest DiffId) WriteLayer(string blobs, IEnumerable<string> files)
    {
        var temporary = Path.Combine(blobs, "layer.tmp");
        Digest diffId;
        using (var file = File.Create(temporary))
        using (var gzip = new GZipStream(file, CompressionLevel.Optimal))
        using (var hash = SHA256.Create())
        {
            using (var hashing = new CryptoStream(gzip, hash, CryptoStreamMode.Write, leaveOpen: true))
            using (var tar = new TarWriter(hashing, TarEntryFormat.Ustar, leaveOpen: true))
            {
                foreach (var directory in new[] { "opt/", Root }) tar.WriteEntry(new UstarTarEntry(TarEntryType.Directory, directory) { Mode = Executable, ModificationTime = DateTimeOffset.UnixEpoch });
                foreach (var path in files) WriteEntry(tar, path);
            }
            diffId = new Digest(hash.Hash);
        }
        Digest digest;
        using (var written = File.OpenRead(temporary)) digest = new Digest(SHA256.HashData(written));
        var blob = Path.Combine(blobs, digest.Hex);
        File.Move(temporary, blob, overwrite: true);
        return (new Descriptor(MediaTypes.OciLayerGzip, digest, new FileInfo(blob).Length), diffId);
    }

    private static void WriteEntry(TarWriter tar, string path)
    {
        using var content = File.OpenRead(path);
        var executable = !OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & UnixFileMode.UserExecute) != 0;
        tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, Root + Path.GetFileName(path))
        {
            DataStream = content,
            Mode = executable ? Executable : Readable,
            ModificationTime = DateTimeOffset.UnixEpoch,
        });
    }

    private static JsonObject Config(IEnumerable<Digest> diffIds) => new()
    {
        ["created"] = Created,
        ["architecture"] = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "amd64",
        ["os"] = "linux",
        ["config"] = new JsonObject { ["Entrypoint"] = new JsonArray($"/{Root}pyrsia-node"), ["WorkingDir"] = "/" },
        ["rootfs"] = new JsonObject { ["type"] = "layers", ["diff_ids"] = new JsonArray([.. diffIds.Select(id => JsonValue.Create(id.ToString()))]) },
    };

    private static Descriptor WriteJson(string blobs, string mediaType, JsonObject value)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(value, CliJsonContext.Line.JsonObject);
        var digest = Digest.Of(bytes);
        File.WriteAllBytes(Path.Combine(blobs, digest.Hex), bytes);
        return new Descriptor(mediaType, digest, bytes.Length);
    }

    private static void WriteFile(string path, JsonObject value) => File.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(value, CliJsonContext.Line.JsonObject));

    private static JsonObject ToJson(Descriptor descriptor) => new() { ["mediaType"] = descriptor.MediaType, ["digest"] = descriptor.Digest.ToString(), ["size"] = descriptor.Size };
}
