using Pyrsia.Cli.Commands;
using Pyrsia.Contracts;
using Pyrsia.Contracts.NodeApi;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Verification;

namespace Pyrsia.Cli.Log;

/// <summary>Puts the proof of an artifact together out of what a node serves.</summary>
internal sealed class BundleFetcher(NodeClient node, NetworkFile network)
{
    /// <summary>An image's name where only a digest is asked for: the node looks by digest when the log does not know the name.</summary>
    private const string AnyName = "by-digest";

    private const string AskForImage = "Ask the authorities for it: pyrsia build docker --image IMAGE --wait";

    private const string AskForSource = "It is made from source only: pyrsia build list shows what was asked for.";

    /// <summary>The proof of what is named: an image, a version, one of its files, or by digest any file of them.</summary>
    public Task<(ProvenanceBundle Bundle, RemoteLog Log)> FetchAsync(VerifyTarget target, CancellationToken cancellationToken) =>
        target.Maven is { } version ? FetchAsync(() => node.InspectMavenAsync(version.ToString(), latest: false, cancellationToken), target, $"Ask the authorities for it: pyrsia build maven --gav {version} --wait", cancellationToken)
        : target.Reference is { } reference ? FetchAsync(() => node.InspectDockerAsync(reference.ToString(), latest: false, cancellationToken), target, AskForImage, cancellationToken)
        : target.Coordinate is { } coordinate ? FetchAsync(() => node.InspectAsync(coordinate, latest: false, cancellationToken), target, AskForSource, cancellationToken)
        : FetchAsync(() => node.InspectDockerAsync($"{AnyName}@{target.Digest}", latest: false, cancellationToken), target, AskForImage, cancellationToken);

    private async Task<(ProvenanceBundle Bundle, RemoteLog Log)> FetchAsync(
        Func<Task<IReadOnlyList<InspectEntry>>> inspect, VerifyTarget target, string howToAsk, CancellationToken cancellationToken)
    {
        var entries = await inspect();
        var log = await RemoteLog.OpenAsync(node, cancellationToken);
        var verified = EntryType.Verified.ToWord();
        foreach (var index in entries.Where(e => e.Type == verified).Select(e => e.Index).OrderDescending())
        {
            if (index < 0 || index >= log.Size) continue;
            if (await log.ReadAsync(index, cancellationToken) is not VerdictEntry { Type: EntryType.Verified } verdict) continue;
            if (target.Digest is { } wanted ? verdict.Outputs.All(o => o.Digest != wanted) : verdict.Verdict.ConflictsWith is not null) continue;
            return (await BuildAsync(log, index, verdict, target.DigestIn(verdict.Outputs.AsSpan()) ?? RootOf(verdict, target.Coordinate), cancellationToken), log);
        }
        throw new CliException($"The log has no verified entry for {target.Name}.", "not-logged", howToAsk, ExitCode.NotFound);
    }

    /// <summary>The digest that a name resolves to: a build of several artifacts answers to several names.</summary>
    private static Digest RootOf(VerdictEntry verdict, string? coordinate) => verdict.Names.FirstOrDefault(n => n.Coordinate == coordinate)?.Root ?? verdict.Verdict.Root;

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
        return BundleBuilder.Build(network.Genesis.ChainId, digest, index, verdict, at => results[at], log.Reader, log.Checkpoint, (await log.SetsAsync(network.Genesis, cancellationToken)).Links);
    }
}
