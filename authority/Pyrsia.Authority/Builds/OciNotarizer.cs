using System.Collections.Immutable;
using Pyrsia.Content.Store;
using Pyrsia.Contracts;
using Pyrsia.Node.Upstream;
using Pyrsia.Provenance.Attestations;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Authority.Builds;

/// <summary>
/// Fetches an image from its upstream by itself: resolves the tag, then takes every manifest, config and layer by digest into
/// the store, so that this authority holds what it vouches for.
/// </summary>
internal sealed class OciNotarizer(IUpstreamRegistry upstream, ContentStore store) : IResultSource
{
    /// <summary>How deep indexes may nest; registries use one level.</summary>
    private const int MaxDepth = 4;

    /// <inheritdoc/>
    public bool Serves(BuildRequest request) => request.Kind == ArtifactKind.Notarized && Coordinate.ToImage(request.Coordinate) is not null;

    /// <inheritdoc/>
    public async Task<ResultStatement> ObtainAsync(BuildRequest request, Func<BuildRun> finish, CancellationToken cancellationToken)
    {
        var outputs = await NotarizeAsync(request, cancellationToken);
        return new NotarizationStatement(finish(), request.Reference, ImageReference.Parse(request.Reference).Registry, request.Digest, request.Variants, request.MaxBytes, outputs);
    }

    /// <summary>Fetches what a request names.</summary>
    /// <returns>Every file, sorted by digest, each once.</returns>
    /// <exception cref="NotarizationException">It cannot be had, or is not what was asked for.</exception>
    internal async Task<ImmutableArray<ArtifactOutput>> NotarizeAsync(BuildRequest request, CancellationToken cancellationToken)
    {
        try
        {
            var reference = ImageReference.Parse(request.Reference);
            var seen = await upstream.GetManifestAsync(reference, cancellationToken);
            if (seen.Descriptor.Digest != request.Digest)
                throw new NotarizationException(FailureReason.TagMoved, $"{reference} is {seen.Descriptor.Digest} here, and was {request.Digest} when it was asked for.");
            var outputs = new Dictionary<Digest, ArtifactOutput>();
            await AddManifestAsync(new Walk(reference, request, outputs), seen.Descriptor.Digest, 0, cancellationToken);
            return ArtifactOutput.InOrder(outputs.Values);
        }
        catch (UpstreamException e)
        {
            throw NotarizationException.Of(e);
        }
        catch (ContentStoreException e)
        {
            throw NotarizationException.Of(e);
        }
    }

    private sealed record Walk(ImageReference Reference, BuildRequest Request, Dictionary<Digest, ArtifactOutput> Outputs)
    {
        internal long BytesLeft => Request.MaxBytes - Outputs.Values.Sum(output => output.Size);
    }

    private async Task AddManifestAsync(Walk walk, Digest digest, int depth, CancellationToken cancellationToken)
    {
        if (depth > MaxDepth) throw new NotarizationException(FailureReason.LimitExceeded, "The image's indexes nest too deep.");
        if (walk.Outputs.ContainsKey(digest)) return;
        var manifest = await upstream.GetManifestAsync(walk.Reference.At(digest), cancellationToken);
        if (!MediaTypes.IsManifest(manifest.Descriptor.MediaType))
            throw new NotarizationException(FailureReason.Denied, $"{digest} has media type {manifest.Descriptor.MediaType}, which is no image manifest of OCI or Docker schema 2.");
        await StoreAsync(walk, manifest.Descriptor, new MemoryStream(manifest.Content.ToArray(), writable: false), cancellationToken);
        var content = ImageManifest.Parse(manifest.Descriptor.MediaType, manifest.Content);
        var wanted = content.Children.Where(child => IsWanted(walk.Request, child.Platform)).ToArray();
        if (depth == 0 && content.Children.Count > 0 && wanted.Length == 0)
            throw new NotarizationException(FailureReason.UnknownImage, $"{walk.Reference} has no image for {string.Join(", ", walk.Request.Variants)}.");
        foreach (var (child, _) in wanted) await AddManifestAsync(walk, child.Digest, depth + 1, cancellationToken);
        foreach (var blob in content.Blobs) await AddBlobAsync(walk, blob, cancellationToken);
    }

    /// <summary>A platform that names no variant means all of them. An index inside an index names no platform: what is below it does.</summary>
    private static bool IsWanted(BuildRequest request, string platform) =>
        request.Variants.IsEmpty || platform.Length == 0 || request.Variants.Any(wanted => platform == wanted || platform.StartsWith(wanted + "/", StringComparison.Ordinal));

    private async Task AddBlobAsync(Walk walk, Descriptor blob, CancellationToken cancellationToken)
    {
        if (walk.Outputs.ContainsKey(blob.Digest)) return;
        if (blob.Size > walk.BytesLeft) throw new NotarizationException(FailureReason.LimitExceeded, $"The image has more than the {walk.Request.MaxBytes} bytes that the request allows.");
        if (store.Describe(blob.Digest) is { } held && held.Size == blob.Size)
        {
            Add(walk, blob.MediaType, held);
            return;
        }
        await using var body = await upstream.OpenBlobAsync(walk.Reference, blob, cancellationToken);
        await StoreAsync(walk, blob, body, cancellationToken);
    }

    private async Task StoreAsync(Walk walk, Descriptor descriptor, Stream body, CancellationToken cancellationToken)
    {
        if (descriptor.Size > walk.BytesLeft) throw new NotarizationException(FailureReason.LimitExceeded, $"The image has more than the {walk.Request.MaxBytes} bytes that the request allows.");
        var stored = await store.AddAsync(body, descriptor.Digest, descriptor.Size, cancellationToken);
        if (stored.Size != descriptor.Size) throw new NotarizationException(FailureReason.Denied, $"{descriptor.Digest} has {stored.Size} bytes, and its manifest says {descriptor.Size}.");
        Add(walk, descriptor.MediaType, stored);
    }

    private static void Add(Walk walk, string mediaType, Pyrsia.Content.ContentDescriptor content)
    {
        if (walk.Outputs.Count >= EntryLimits.MaxOutputs) throw new NotarizationException(FailureReason.LimitExceeded, $"The image has more than {EntryLimits.MaxOutputs} files.");
        walk.Outputs[content.Digest] = new ArtifactOutput(content.Digest, content.Size, mediaType, content.ChunkSize, content.ChunkRoot);
    }
}
