using System.Text;
using System.Text.Json.Nodes;
using Pyrsia.Contracts;
using Pyrsia.Node.Upstream;

namespace Pyrsia.Tests.Authority;

/// <summary>A registry in memory whose images and misdeeds a test writes.</summary>
internal sealed class ScriptedUpstream : IUpstreamRegistry
{
    internal Dictionary<string, Digest> Tags { get; } = [];

    internal Dictionary<Digest, (string MediaType, byte[] Bytes)> Content { get; } = [];

    /// <summary>Where a failure is thrown from instead of an answer.</summary>
    internal UpstreamException? Failure { get; set; }

    internal int BlobsOpened { get; private set; }

    internal Descriptor Add(string mediaType, string content)
    {
        var bytes = Encoding.UTF8.GetBytes(content);
        var digest = Digest.Of(bytes);
        Content[digest] = (mediaType, bytes);
        return new Descriptor(mediaType, digest, bytes.Length);
    }

    /// <summary>A manifest with a config and layers of these contents.</summary>
    internal Descriptor AddImage(params string[] layers) => AddManifest([.. layers.Select(layer => Add(MediaTypes.OciLayerGzip, layer))]);

    internal Descriptor AddManifest(params Descriptor[] layers)
    {
        var config = Add(MediaTypes.OciConfig, $"{{\"layers\":{layers.Length}}}");
        return Add(MediaTypes.OciManifest, new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = MediaTypes.OciManifest,
            ["config"] = Json(config),
            ["layers"] = new JsonArray([.. layers.Select(Json)]),
        }.ToJsonString());
    }

    internal Descriptor AddIndex(params (Descriptor Image, string? Architecture, string? Variant)[] images)
    {
        var manifests = new JsonArray();
        foreach (var (image, architecture, variant) in images)
        {
            var item = Json(image);
            if (architecture is not null) item["platform"] = new JsonObject { ["os"] = "linux", ["architecture"] = architecture };
            if (variant is not null) item["platform"]!["variant"] = variant;
            manifests.Add(item);
        }
        return Add(MediaTypes.OciIndex, new JsonObject { ["schemaVersion"] = 2, ["mediaType"] = MediaTypes.OciIndex, ["manifests"] = manifests }.ToJsonString());
    }

    public Task<UpstreamManifest> GetManifestAsync(ImageReference reference, CancellationToken cancellationToken)
    {
        if (Failure is { } failure) throw failure;
        if (reference.Digest is not { } digest && !Tags.TryGetValue(reference.ToString(), out digest)) throw new UpstreamException(UpstreamFailure.NotFound, $"no {reference}");
        if (!Content.TryGetValue(digest, out var found)) throw new UpstreamException(UpstreamFailure.NotFound, $"no {digest}");
        return Task.FromResult(new UpstreamManifest(new Descriptor(found.MediaType, digest, found.Bytes.Length), found.Bytes));
    }

    public Task<Stream> OpenBlobAsync(ImageReference reference, Descriptor blob, CancellationToken cancellationToken)
    {
        BlobsOpened++;
        return Task.FromResult<Stream>(Content.TryGetValue(blob.Digest, out var found) ? new MemoryStream(found.Bytes) : throw new UpstreamException(UpstreamFailure.NotFound, $"no {blob.Digest}"));
    }

    private static JsonObject Json(Descriptor descriptor) => new() { ["mediaType"] = descriptor.MediaType, ["digest"] = descriptor.Digest.ToString(), ["size"] = descriptor.Size };
}
