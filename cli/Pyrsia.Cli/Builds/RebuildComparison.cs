using Pyrsia.Builds.Differences;
using Pyrsia.Builds.Outputs;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;

namespace Pyrsia.Cli.Builds;

/// <summary>Compares what a rebuild made with what was logged, down to the entries of archives where the node still has the logged file.</summary>
/// <param name="node">Where logged files are asked for.</param>
/// <param name="folder">Where they are put to be compared.</param>
/// <param name="diffoscope">Looks deeper, where this machine has it.</param>
internal sealed class RebuildComparison(NodeClient node, string folder, Diffoscope diffoscope)
{
    private const string Nothing = "nothing";

    /// <summary>One record a file, in the order of the logged ones; one of a file that only one of the two has says so.</summary>
    public async Task<IReadOnlyList<RebuiltFile>> RunAsync(IEnumerable<ArtifactOutput> logged, IEnumerable<OutputFile> built, CancellationToken cancellationToken)
    {
        var files = built.ToDictionary(f => f.Name, StringComparer.Ordinal);
        var compared = new List<RebuiltFile>();
        foreach (var output in logged)
            compared.Add(files.Remove(output.Name, out var file) ? await CompareAsync(output, file, cancellationToken) : new RebuiltFile(output.Name, output.Digest.ToString(), Nothing, null));
        // What is named by its content, as a layer is, has another name when it is another.
        compared.AddRange(files.Values.Select(file => new RebuiltFile(file.Name, Nothing, file.Digest.ToString(), null)));
        return compared;
    }

    private async Task<RebuiltFile> CompareAsync(ArtifactOutput logged, OutputFile built, CancellationToken cancellationToken)
    {
        var (entries, report) = logged.Digest == built.Digest ? (null, null) : await DifferencesAsync(logged, built.Path, cancellationToken);
        return new RebuiltFile(logged.Name, logged.Digest.ToString(), built.Digest.ToString(), entries, report);
    }

    /// <summary>The entries that differ, null when it is no archive; and diffoscope's report, where there is one. Neither when the logged file cannot be had from the node.</summary>
    private async Task<(IReadOnlyList<EntryDifference>? Entries, string? Report)> DifferencesAsync(ArtifactOutput logged, string built, CancellationToken cancellationToken)
    {
        var path = Path.Combine(Directory.CreateDirectory(Path.Combine(folder, "logged")).FullName, logged.Digest.Hex);
        await using var original = new FileStream(path, FileMode.Create, FileAccess.ReadWrite);
        try
        {
            await node.DownloadAsync($"v2/by-digest/blobs/{logged.Digest}", new Descriptor(logged.MediaType, logged.Digest, logged.Size), original, cancellationToken);
        }
        catch (CliException e) when (e.ExitCode is not ExitCode.VerificationFailed)
        {
            return (null, null); // the log has the digest only: a result that was not verified is served by nobody
        }
        await using var rebuilt = File.OpenRead(built);
        var entries = ArchiveReport.Compare(original, rebuilt, new ArchiveLimits())?.Differences;
        (original.Position, rebuilt.Position) = (0, 0);
        return (entries, await diffoscope.CompareAsync(logged.Name, original, rebuilt, cancellationToken));
    }
}

/// <summary>A file of a rebuild beside the logged one.</summary>
/// <param name="Name">Its path in the repository.</param>
/// <param name="Logged">Digest of what was logged.</param>
/// <param name="Rebuilt">Digest of what this machine made.</param>
/// <param name="Differences">Of archives, the entries that differ; null where they cannot be compared.</param>
/// <param name="Diffoscope">What diffoscope says; null where this machine has none.</param>
internal sealed record RebuiltFile(string Name, string Logged, string Rebuilt, IReadOnlyList<EntryDifference>? Differences, string? Diffoscope = null)
{
    /// <summary>Whether the bytes are the same.</summary>
    public bool IsSame => Logged == Rebuilt;
}
