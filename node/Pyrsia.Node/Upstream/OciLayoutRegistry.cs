using System.Text.Json;
using Pyrsia.Contracts;

namespace Pyrsia.Node.Upstream;

/// <summary>An OCI image layout directory that stands for a registry.</summary>
/// <remarks>
/// An image is found by the annotation <c>org.opencontainers.image.ref.name</c> in <c>index.json</c>: the full
/// reference, or repository and tag, or (as skopeo writes it) the tag alone.
/// </remarks>
/// <seealso href="https://github.com/opencontainers/image-spec/blob/v1.1.0/image-layout.md"/>
public sealed class OciLayoutRegistry(string directory) : IUpstreamRegistry
{
    private const string RefName = "org.opencontainers.image.ref.name";

    /// <inheritdoc/>
    public async Task<UpstreamManifest> GetManifestAsync(ImageReference reference, CancellationToken cancellationToken)
    {
        var (digest, stated) = reference.Digest is { } named ? (named, null) : await ResolveAsync(reference, cancellationToken);
        var path = BlobPath(digest);
        if (!File.Exists(path)) throw new UpstreamException(UpstreamFailure.NotFound, $"{directory} has no manifest {digest}.");
        if (new FileInfo(path).Length > UpstreamOptions.MaxManifestBytes) throw new UpstreamException(UpstreamFailure.LimitExceeded, $"The manifest {digest} is larger than {UpstreamOptions.MaxManifestBytes} bytes.");
        var content = await File.ReadAllBytesAsync(path, cancellationToken);
        if (Digest.Of(content) != digest) throw new UpstreamException(UpstreamFailure.Corrupt, $"{path} does not have the digest that its name says.");
        return new UpstreamManifest(new Descriptor(stated ?? MediaTypeOf(content), digest, content.Length), content);
    }

    /// <inheritdoc/>
    public Task<Stream> OpenBlobAsync(ImageReference reference, Descriptor blob, CancellationToken cancellationToken)
    {
        var path = BlobPath(blob.Digest);
        if (!File.Exists(path)) throw new UpstreamException(UpstreamFailure.NotFound, $"{directory} has no blob {blob.Digest}.");
        return Task.FromResult<Stream>(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.Asynchronous | FileOptions.SequentialScan));
    }

    private async Task<(Digest Digest, string? MediaType)> ResolveAsync(ImageReference reference, CancellationToken cancellationToken)
    {
        string[] names = [reference.ToString(), $"{reference.Repository}:{reference.Tag}", reference.Tag!];
        try
        {
            using var index = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(directory, "index.json"), cancellationToken));
            var named = index.RootElement.GetProperty("manifests").EnumerateArray()
                .Where(m => m.TryGetProperty("annotations", out var annotations) && annotations.TryGetProperty(RefName, out _))
                .ToLookup(m => m.GetProperty("annotations").GetProperty(RefName).GetString());
            var found = names.SelectMany(name => named[name]).FirstOrDefault();
            if (found.ValueKind == JsonValueKind.Undefined) throw new UpstreamException(UpstreamFailure.NotFound, $"{directory} has no image named {reference}.");
            return (Digest.Parse(found.GetProperty("digest").GetString()!), found.GetProperty("mediaType").GetString());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UpstreamException(UpstreamFailure.Unavailable, $"{directory} is no readable OCI layout: {e.Message}", e);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new UpstreamException(UpstreamFailure.Corrupt, $"{directory}/index.json is no OCI image index: {e.Message}", e);
        }
    }

    private string BlobPath(Digest digest) => Path.Combine(directory, "blobs", "sha256", digest.Hex);

    private static string MediaTypeOf(byte[] content)
    {
        try
        {
            using var manifest = JsonDocument.Parse(content);
            if (manifest.RootElement.TryGetProperty("mediaType", out var stated) && stated.GetString() is { } mediaType) return mediaType;
            return manifest.RootElement.TryGetProperty("manifests", out _) ? MediaTypes.OciIndex : MediaTypes.OciManifest;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new UpstreamException(UpstreamFailure.Corrupt, "The manifest is no JSON object.", e);
        }
    }
}
