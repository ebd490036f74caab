using System.Globalization;
using Pyrsia.Content;
using Pyrsia.Content.Store;
using Pyrsia.Contracts;
using Pyrsia.Node.Log;
using Pyrsia.Provenance.Entries;

namespace Pyrsia.Node.Artifacts;

/// <summary>From a name to bytes: the log says what the name means, the gate whether the proof holds, the content service brings the bytes.</summary>
public sealed class ArtifactService(LogView? log, IProvenanceGate? gate, ContentService content, TimeProvider time)
{
    private const string NoNetwork = "this node has no network file, so it cannot know what to trust; get one from somebody you trust and start the node with --network FILE";

    /// <summary>What an image reference means. A digest is answered from any age of the log; a tag only while the log view is young enough.</summary>
    public ArtifactOutcome Resolve(ImageReference reference)
    {
        if (log is null || gate is null) return new ArtifactOutcome(ArtifactResult.NotReady, NoNetwork);
        if (log.CosignedAt is null) return new ArtifactOutcome(ArtifactResult.NotReady, "the node has not seen a checkpoint of the log yet; it is asking the authorities");
        var age = log.Age(time.GetUtcNow());
        if (reference.Digest is { } digest) return Gated(log.Index.FindOutput(digest), $"{reference} is not in the log", age);
        if (log.Index.Resolve(Coordinate.Of(reference)) is not { Root: { } root }) return new ArtifactOutcome(ArtifactResult.NotLogged, $"{reference} is not in the log", Age: age);
        if (age > log.Network.MaxTagAge)
        {
            return new ArtifactOutcome(
                ArtifactResult.Stale,
                string.Create(CultureInfo.InvariantCulture, $"the newest checkpoint is {age.Value.TotalHours:0.#} hours old and this network allows {log.Network.MaxTagAge.TotalHours:0.#} for a tag; pull by digest ({reference.Name}@{root}), or wait until an authority answers again"),
                Age: age);
        }
        return Gated(log.Index.FindOutput(root), $"{root} is not among the outputs that the log vouches for", age);
    }

    /// <summary>What a blob's digest means.</summary>
    public ArtifactOutcome Resolve(Digest digest)
    {
        if (log is null || gate is null) return new ArtifactOutcome(ArtifactResult.NotReady, NoNetwork);
        return Gated(log.Index.FindOutput(digest), $"{digest} is not in the log", log.Age(time.GetUtcNow()));
    }

    /// <summary>The tags of a repository that the log has verified images for.</summary>
    public IReadOnlyList<string> Tags(string registry, string repository)
    {
        var prefix = $"{Coordinate.Docker}:{registry}/{repository}:";
        return log is null ? [] : [.. log.Index.Names(prefix).Select(name => name[prefix.Length..]).Where(ImageReference.IsTag)];
    }

    /// <summary>Opens what <see cref="Resolve(ImageReference)"/> found.</summary>
    /// <exception cref="ContentStoreException">No peer brought it in time.</exception>
    public Task<IContentReader> OpenAsync(ArtifactOutput output, CancellationToken cancellationToken) =>
        content.OpenAsync(new ContentDescriptor(output.Digest, output.Size, output.ChunkSize, output.ChunkRoot), cancellationToken);

    /// <summary>Reads a small output whole, waiting until it has arrived. The caller has bounded its size.</summary>
    /// <exception cref="ContentStoreException">No peer brought it in time.</exception>
    public async Task<byte[]> ReadAsync(ArtifactOutput output, CancellationToken cancellationToken)
    {
        using var reader = await OpenAsync(output, cancellationToken);
        var bytes = new byte[output.Size];
        for (var chunk = 0; chunk < reader.Descriptor.ChunkCount; chunk++)
            await reader.ReadChunkAsync(chunk, bytes.AsMemory(chunk * reader.Descriptor.ChunkSize), cancellationToken);
        return bytes;
    }

    /// <summary>Fetches an output whole into the store.</summary>
    /// <exception cref="ContentStoreException">No peer brought it in time.</exception>
    public Task FetchAsync(ArtifactOutput output, CancellationToken cancellationToken) =>
        content.FetchAsync(new ContentDescriptor(output.Digest, output.Size, output.ChunkSize, output.ChunkRoot), cancellationToken);

    private ArtifactOutcome Gated((ArtifactOutput Output, long Verdict)? found, string otherwise, TimeSpan? age)
    {
        if (found is not { } output) return new ArtifactOutcome(ArtifactResult.NotLogged, otherwise, Age: age);
        return gate!.Refusal(output.Verdict) is { } refusal
            ? new ArtifactOutcome(ArtifactResult.Refused, refusal, Age: age)
            : new ArtifactOutcome(ArtifactResult.Found, "", output.Output, age);
    }
}
