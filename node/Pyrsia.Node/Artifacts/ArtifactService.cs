using System.Globalization;
using Pyrsia.Content;
using Pyrsia.Content.Store;
using Pyrsia.Contracts;
using Pyrsia.Node.Log;
using Pyrsia.Provenance.Entries;

namespace Pyrsia.Node.Artifacts;

/// <summary>From a name to bytes: the log says what the name means, the policy whether it may be served, the content service brings the bytes.</summary>
public sealed class ArtifactService(LogView? log, ServingPolicy? policy, ContentService content, TimeProvider time)
{
    private const string NoNetwork = "this node has no network file, so it cannot know what to trust; get one from somebody you trust and start the node with --network FILE";

    /// <summary>What an image reference means. A digest is answered from any age of the log; a tag only while the log view is young enough.</summary>
    public ArtifactOutcome Resolve(ImageReference reference)
    {
        if (log is null || policy is null) return new ArtifactOutcome(ArtifactResult.NotReady, NoNetwork);
        if (log.CosignedAt is null) return new ArtifactOutcome(ArtifactResult.NotReady, "the node has not seen a checkpoint of the log yet; it is asking the authorities");
        var age = log.Age(time.GetUtcNow());
        if (reference.Digest is { } digest) return ByDigest(log, policy, digest, reference.ToString(), age);
        var verified = log.Index.Resolve(Coordinate.Of(reference))?.Root;
        var unverified = verified is null ? log.Index.Unverified.Find(Coordinate.Of(reference)) : null;
        if ((verified ?? unverified?.Root) is not { } root) return new ArtifactOutcome(ArtifactResult.NotLogged, $"{reference} is not in the log", Age: age);
        if (age > log.Network.MaxTagAge)
        {
            return new ArtifactOutcome(
                ArtifactResult.Stale,
                string.Create(CultureInfo.InvariantCulture, $"the newest checkpoint is {age.Value.TotalHours:0.#} hours old and this network allows {log.Network.MaxTagAge.TotalHours:0.#} for a tag; pull by digest ({reference.Name}@{root}), or wait until an authority answers again"),
                Age: age);
        }
        if (unverified is not null) return Judged(policy.Judge(unverified), unverified.Outputs.First(output => output.Digest == root), age, ArtifactResult.NotVerified);
        return ByDigest(log, policy, root, root.ToString(), age);
    }

    /// <summary>What a blob's digest means.</summary>
    public ArtifactOutcome Resolve(Digest digest)
    {
        if (log is null || policy is null) return new ArtifactOutcome(ArtifactResult.NotReady, NoNetwork);
        return ByDigest(log, policy, digest, digest.ToString(), log.Age(time.GetUtcNow()));
    }

    /// <summary>What the name of a plain file means. What may never change is answered from any age of the log; absence and what may change only while the log view is young enough.</summary>
    /// <param name="name">The file's, such as <c>generic/NAME/VERSION/FILE</c>.</param>
    /// <param name="isImmutable">Whether what it belongs to may never change.</param>
    public ArtifactOutcome ResolveFile(string name, bool isImmutable)
    {
        if (log is null || policy is null) return new ArtifactOutcome(ArtifactResult.NotReady, NoNetwork);
        if (log.Age(time.GetUtcNow()) is not { } age) return new ArtifactOutcome(ArtifactResult.NotReady, "the node has not seen a checkpoint of the log yet; it is asking the authorities");
        var found = log.Index.FindFile(name);
        if (age > log.Network.MaxTagAge && (found is null || !isImmutable))
            return new ArtifactOutcome(ArtifactResult.Stale, string.Create(CultureInfo.InvariantCulture, $"the newest checkpoint is {age.TotalHours:0.#} hours old and this network allows {log.Network.MaxTagAge.TotalHours:0.#}"), Age: age);
        return found is { } file ? Judged(policy.Judge(file.Verdict), file.Output, age, ArtifactResult.Refused) : new ArtifactOutcome(ArtifactResult.NotLogged, $"{name} is not in the log", Age: age);
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

    private static ArtifactOutcome ByDigest(LogView log, ServingPolicy policy, Digest digest, string name, TimeSpan? age)
    {
        if (log.Index.FindOutput(digest) is { } found) return Judged(policy.Judge(found.Verdict), found.Output, age, ArtifactResult.Refused);
        if (policy.FindUnverified(digest) is not var (answer, judgement)) return new ArtifactOutcome(ArtifactResult.NotLogged, $"{name} is not in the log", Age: age);
        return Judged(judgement, answer.Outputs.First(output => output.Digest == digest), age, ArtifactResult.NotVerified);
    }

    private static ArtifactOutcome Judged(Judgement judgement, ArtifactOutput output, TimeSpan? age, ArtifactResult otherwise) => judgement.Refusal is { } refusal
        ? new ArtifactOutcome(otherwise, refusal, Age: age)
        : new ArtifactOutcome(ArtifactResult.Found, "", output, age, judgement.Note);
}
