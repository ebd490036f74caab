using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Verification;

namespace Pyrsia.Cli.Log;

/// <summary>Puts the proof of an artifact together out of what a node serves.</summary>
internal sealed class BundleFetcher(NodeClient node, NetworkFile network)
{
    /// <summary>An image's name where only a digest is asked for: the node looks by digest when the log does not know the name.</summary>
    private const string AnyName = "by-digest";

    /// <summary>The proof of an image by name.</summary>
    public Task<(ProvenanceBundle Bundle, RemoteLog Log)> FetchAsync(ImageReference reference, CancellationToken cancellationToken) =>
        FetchAsync(reference.ToString(), reference.Digest, cancellationToken);

    /// <summary>The proof of a file by digest: an image's manifest, configuration or layer.</summary>
    public Task<(ProvenanceBundle Bundle, RemoteLog Log)> FetchAsync(Digest digest, CancellationToken cancellationToken) =>
        FetchAsync($"{AnyName}@{digest}", digest, cancellationToken);

    private async Task<(ProvenanceBundle Bundle, RemoteLog Log)> FetchAsync(string image, Digest? digest, CancellationToken cancellationToken)
    {
        var entries = await node.InspectDockerAsync(image, latest: false, cancellationToken);
        var log = await RemoteLog.OpenAsync(node, cancellationToken);
        var verified = EntryType.Verified.ToWord();
        foreach (var index in entries.Where(e => e.Type == verified).Select(e => e.Index).OrderDescending())
        {
            if (index < 0 || index >= log.Size) continue;
            if (await log.ReadAsync(index, cancellationToken) is not VerdictEntry { Type: EntryType.Verified } verdict) continue;
            if (digest is { } wanted ? verdict.Outputs.All(o => o.Digest != wanted) : verdict.Verdict.ConflictsWith is not null) continue;
            return (await BuildAsync(log, index, verdict, digest ?? verdict.Verdict.Root, cancellationToken), log);
        }
        throw new CliException(
            $"The log has no verified entry for {(image.StartsWith(AnyName + "@", StringComparison.Ordinal) ? digest.ToString() : image)}.", "not-logged",
            "Ask the authorities for it: pyrsia build docker --image IMAGE --wait", ExitCode.NotFound);
    }

    private async Task<ProvenanceBundle> BuildAsync(RemoteLog log, long index, VerdictEntry verdict, Digest digest, CancellationToken cancellationToken)
    {
        var results = new Dictionary<long, SignedEntry>();
        foreach (var entry in BundleBuilder.EntriesOf(index, verdict))
        {
            if (entry >= log.Size) throw RemoteLog.Broken($"the verdict {index} names the entry {entry}, which is not in the tree");
            await log.ProveAsync(entry, cancellationToken);
            if (entry == index) continue;
            results[entry] = await log.ReadAsync(entry, cancellationToken) is SignedEntry { Type: EntryType.BuildResult } result
                ? result
                : throw RemoteLog.Broken($"the verdict {index} rests on the entry {entry}, which is no result");
        }
        return BundleBuilder.Build(network.Genesis.ChainId, digest, index, verdict, at => results[at], log.Reader, log.Checkpoint);
    }
}
