using System.Text.Json;
using Pyrsia.Contracts;

namespace Pyrsia.Cli.Demo;

/// <summary>Pulls an image as a container engine does, and verifies every digest by itself.</summary>
internal sealed class ImagePull(NodeClient node)
{
    /// <summary>Longest manifest that is read, in bytes: what registries accept.</summary>
    private const int MaxManifestBytes = 4 * 1024 * 1024;

    /// <summary>Most blobs of an image that are pulled, so that a manifest cannot ask for endless work.</summary>
    private const int MaxBlobs = 1024;

    /// <summary>Pulls everything of an image.</summary>
    /// <param name="reference">The image.</param>
    /// <param name="progress">Told the bytes that have come and those that are known to be there in all.</param>
    /// <param name="cancellationToken">Ends the pull.</param>
    /// <returns>The number of files, and their bytes.</returns>
    public async Task<(int Files, long Bytes)> RunAsync(ImageReference reference, Action<long, long> progress, CancellationToken cancellationToken)
    {
        var name = reference.Registry == ImageReference.DefaultRegistry ? reference.Repository : reference.Name;
        var pending = new Queue<(string Reference, Descriptor? Known)>([(reference.Digest?.ToString() ?? reference.Tag!, null)]);
        var seen = new HashSet<Digest>();
        var (bytes, arrived, known) = (0L, 0L, 0L);
        void Arrived(long count) => progress(arrived += count, known);
        while (pending.TryDequeue(out var next))
        {
            if (next.Known is { } blob && !MediaTypes.IsManifest(blob.MediaType))
            {
                await node.DownloadAsync($"v2/{name}/blobs/{blob.Digest}", blob, Arrived, cancellationToken);
                bytes += blob.Size;
                continue;
            }
            var manifest = await node.FindAsync($"v2/{name}/manifests/{next.Reference}", cancellationToken) ?? throw new CliException($"The node has no manifest {next.Reference} of {name}.", "not-found", "See the node's log.", ExitCode.NotFound);
            if (manifest.Length > MaxManifestBytes || (next.Known is { } named && Digest.Of(manifest) != named.Digest)) throw Wrong(next.Reference);
            seen.Add(Digest.Of(manifest));
            bytes += manifest.Length;
            foreach (var child in Children(manifest).Where(child => seen.Add(child.Digest)))
            {
                pending.Enqueue((child.Digest.ToString(), child));
                known += child.Size;
            }
            // The first manifest is the one that nobody named with a size.
            if (next.Known is null) known += manifest.Length;
            Arrived(manifest.Length);
            if (seen.Count > MaxBlobs) throw new CliException($"The image has more than {MaxBlobs} files.", "too-large", "Take another image.", ExitCode.Failed);
        }
        return (seen.Count, bytes);
    }

    public static CliException Wrong(string what) => new($"{what} does not have the digest that it is asked for by.", "digest", "Do not use what this node serves.", ExitCode.VerificationFailed);

    private static Descriptor[] Children(byte[] manifest)
    {
        using var json = JsonDocument.Parse(manifest);
        var root = json.RootElement;
        IEnumerable<JsonElement> children = root.TryGetProperty("manifests", out var manifests) ? manifests.EnumerateArray() : [root.GetProperty("config"), .. root.GetProperty("layers").EnumerateArray()];
        return [.. children.Select(child => new Descriptor(child.GetProperty("mediaType").GetString()!, Digest.Parse(child.GetProperty("digest").GetString()!), child.GetProperty("size").GetInt64()))];
    }
}
