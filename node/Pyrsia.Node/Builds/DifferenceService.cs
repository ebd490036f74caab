using System.Text;
using Pyrsia.Builds.Differences;
using Pyrsia.Content.Store;
using Pyrsia.Contracts;
using Pyrsia.Contracts.NodeApi;
using Pyrsia.Node.Artifacts;
using Pyrsia.Node.Log;
using Pyrsia.Provenance.Attestations;
using Pyrsia.Provenance.Entries;

namespace Pyrsia.Node.Builds;

/// <summary>
/// Says in what the results of a build differ: the digests from the log, and for archives and texts the parts, from the files themselves, which come from whoever
/// holds them. They are verified against the results in the log like all content, read in memory, and served to nobody.
/// </summary>
public sealed class DifferenceService(LogView? log, ArtifactService artifacts, TimeProvider time) : IDisposable
{
    /// <summary>Largest file that is looked into, in bytes; two of them are held in memory.</summary>
    private const long MaxFileBytes = 64 * 1024 * 1024;

    /// <summary>Most parts that are told of one file.</summary>
    private const int MaxParts = 200;

    /// <summary>Most files that are told of.</summary>
    private const int MaxOutputs = 200;

    /// <summary>How long the files of an answer may take to arrive, together.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>A small archive can unpack to a large one: what is read of one in an answer.</summary>
    private static readonly ArchiveLimits Limits = new() { Entries = 20_000, Bytes = 512L << 20 };

    /// <summary>Files that diffoscope is shown for one answer, where this machine has it: each may take its whole time.</summary>
    private const int MaxDeepLooks = 2;

    /// <summary>How long it may take for one file; with <see cref="Patience"/> below what a client waits for an answer.</summary>
    private static readonly TimeSpan DeepLookPatience = TimeSpan.FromSeconds(10);

    private static readonly string[] Archives = [".jar", ".zip", ".war", ".ear", ".aar"];
    private static readonly string[] Texts = [".pom", ".xml", ".txt", ".json", ".module", ".properties"];

    /// <summary>One comparison at a time: each may hold two large files.</summary>
    private readonly SemaphoreSlim _turn = new(1);

    private readonly Diffoscope _diffoscope = new(time, DeepLookPatience);

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    /// <summary>Compares the two results with most support.</summary>
    /// <returns>Null when no verdict on that build lists results that differ.</returns>
    public async Task<BuildDifferences?> FindAsync(string? buildId, CancellationToken cancellationToken)
    {
        if (log is null || !RequestId.TryParse(buildId, out var id) || log.Index.Of(id).LastOrDefault(entry => entry.Type.IsVerdict()) is not { } last) return null;
        if (Read(log, last.Index) is not VerdictEntry { Verdict: var verdict }) return null;
        var votes = verdict.Agreeing.Concat(verdict.Dissenting).OrderBy(vote => vote.Index);
        Group[] groups = [.. votes.Select(vote => (Vote: vote, Statement: (Read(log, vote.Index) as SignedEntry)?.Body as ResultStatement)).Where(r => r.Statement is not null)
            .GroupBy(r => Digest.Of(VerdictEntry.EncodeOutputs(r.Statement!.Outputs)))
            .Select(g => new Group([.. g.Select(r => r.Vote)], g.First().Statement!))
            .OrderByDescending(g => g.Votes.Select(vote => vote.Organisation).Distinct(StringComparer.Ordinal).Count()).ThenBy(g => g.Votes[0].Index)];
        if (groups.Length < 2) return null;
        await _turn.WaitAsync(cancellationToken);
        try
        {
            return new BuildDifferences(id.ToString(), verdict.Coordinate, last.Type.ToWord(), last.Index, groups[0].ToRecord(), groups[1].ToRecord(), await CompareAsync(groups[0].Statement, groups[1].Statement, cancellationToken));
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<IReadOnlyList<OutputDifference>> CompareAsync(ResultStatement first, ResultStatement second, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        var differences = new List<OutputDifference>();
        var deepLooks = 0;
        foreach (var (one, other) in Pairs(first, second).Take(MaxOutputs))
        {
            var (parts, note) = one is null || other is null ? (null, null) : await LookAsync(one, other, limit.Token, cancellationToken);
            var deep = one is null || other is null || deepLooks >= MaxDeepLooks ? null : await LookDeepAsync(one, other, limit.Token, cancellationToken);
            if (deep is not null) deepLooks++;
            differences.Add(new OutputDifference(NameOf((one ?? other)!), one?.Digest.ToString(), one?.Size, other?.Digest.ToString(), other?.Size, parts, note, deep));
        }
        return differences;
    }

    /// <summary>What differs, by name; what has no name, as in images, by digest alone.</summary>
    private static IEnumerable<(ArtifactOutput? First, ArtifactOutput? Second)> Pairs(ResultStatement first, ResultStatement second)
    {
        var others = second.Outputs.Except(first.Outputs).ToList();
        foreach (var output in first.Outputs.Except(second.Outputs))
        {
            var other = output.Name.Length == 0 ? null : others.Find(o => o.Name == output.Name);
            if (other is not null) others.Remove(other);
            yield return (output, other);
        }
        foreach (var output in others) yield return (null, output);
    }

    private async Task<(IReadOnlyList<DifferingPart>? Parts, string? Note)> LookAsync(ArtifactOutput first, ArtifactOutput second, CancellationToken limit, CancellationToken cancellationToken)
    {
        var extension = Path.GetExtension(first.Name);
        var isArchive = Archives.Contains(extension, StringComparer.Ordinal);
        if (!isArchive && !Texts.Contains(extension, StringComparer.Ordinal)) return (null, "only archives and texts are looked into");
        if (first.Size > MaxFileBytes || second.Size > MaxFileBytes) return (null, $"larger than the {MaxFileBytes} bytes that are looked into");
        try
        {
            var (one, other) = (await artifacts.ReadAsync(first, limit), await artifacts.ReadAsync(second, limit));
            var report = isArchive
                ? await Task.Run(() => ArchiveReport.Compare(new MemoryStream(one), new MemoryStream(other), Limits)?.Differences, cancellationToken)
                : TextReport.Compare(Encoding.UTF8.GetString(one), Encoding.UTF8.GetString(other), MaxParts);
            if (report is null) return (null, "one of the two cannot be read as an archive, or unpacks to more than is looked into");
            DifferingPart[] parts = [.. report.Take(MaxParts).Select(d => new DifferingPart(d.Name, d.Kind.ToString().ToLowerInvariant(), d.Detail))];
            return (parts, parts.Length < report.Count ? $"the first {MaxParts} of {report.Count}" : null);
        }
        catch (ContentStoreException e)
        {
            return (null, $"nobody holds both files any more, or brings them now: {e.Message}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, $"the files did not arrive within {Patience.TotalSeconds:0} s");
        }
    }

    private async Task<string?> LookDeepAsync(ArtifactOutput first, ArtifactOutput second, CancellationToken limit, CancellationToken cancellationToken)
    {
        if (!Diffoscope.IsInstalled || first.Name.Length == 0 || first.Size > MaxFileBytes || second.Size > MaxFileBytes) return null;
        try
        {
            var (one, other) = (await artifacts.ReadAsync(first, limit), await artifacts.ReadAsync(second, limit));
            return await _diffoscope.CompareAsync(first.Name, new MemoryStream(one), new MemoryStream(other), cancellationToken);
        }
        catch (ContentStoreException)
        {
            return null; // The other report has said why.
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private static string NameOf(ArtifactOutput output) => output.Name.Length == 0 ? output.MediaType : output.Name;

    private static LogEntry? Read(LogView log, long index) => EntryReader.Read(log.Store.ReadLeaf(index), log.Store.ReadPayload);

    /// <summary>Builders that gave the same result.</summary>
    private sealed record Group(VerdictVote[] Votes, ResultStatement Statement)
    {
        internal DifferingResult ToRecord() => new([.. Votes.Select(vote => vote.Name)], [.. Votes.Select(vote => vote.Index)]);
    }
}
