using System.Globalization;
using Pyrsia.Content.Store;
using Pyrsia.Contracts;
using Pyrsia.Node.Artifacts;
using Pyrsia.Node.Log;
using Pyrsia.Provenance.Entries;

namespace Pyrsia.Node.Maven;

/// <summary>
/// The Maven repository that the log describes: from a path to what may be served there, and why not. A path of one version costs one look into
/// the index and one check of one proof; files of it come by digest, checksums from verified bytes, metadata from the log alone.
/// </summary>
public sealed class MavenRepository
{
    /// <summary>How long something may take before the client is told to come back: Maven itself would wait for ever.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(12);

    private const string NoNetwork = "this node has no network file, so it cannot know what to trust; get one from somebody you trust and start the node with --network FILE";

    private readonly LogView? _log;
    private readonly ServingPolicy? _policy;
    private readonly ArtifactService _artifacts;
    private readonly TimeProvider _time;
    private readonly MavenChecksums _checksums;
    private readonly MavenPlugins? _plugins;
    private readonly MavenAttestations? _attestations;
    private readonly MavenPrefetch? _prefetch;

    /// <summary>Joins the parts.</summary>
    /// <param name="log">The log; null without a network file.</param>
    /// <param name="policy">Decides what may be served; null without a network file.</param>
    /// <param name="artifacts">Brings bytes.</param>
    /// <param name="time">The clock.</param>
    public MavenRepository(LogView? log, ServingPolicy? policy, ArtifactService artifacts, TimeProvider time)
    {
        (_log, _policy, _artifacts, _time) = (log, policy, artifacts, time);
        _checksums = new MavenChecksums(artifacts);
        _plugins = log is null ? null : new MavenPlugins(log, artifacts);
        _attestations = log is null ? null : new MavenAttestations(log);
        _prefetch = log is null || policy is null ? null : new MavenPrefetch(log, artifacts, version => policy.Judge(version.Verdict).Refusal is null);
    }

    /// <summary>What stands at a path.</summary>
    /// <param name="path">As it stands in a request, below the repository's root, without a slash in front.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<MavenAnswer> FindAsync(string path, CancellationToken cancellationToken)
    {
        var fault = MavenPath.TryParse(path, out var parsed);
        if (fault == MavenPathFault.Malformed) return new MavenAnswer(MavenResult.Malformed, "this is no path of a Maven repository");
        if (_log is null || _policy is null) return new MavenAnswer(MavenResult.Unavailable, NoNetwork);
        if (_log.Age(_time.GetUtcNow()) is not { } age) return new MavenAnswer(MavenResult.Unavailable, "the node has not seen a checkpoint of the log yet; it is asking the authorities");
        if (parsed is null) return new MavenAnswer(MavenResult.Absent, "the repository layout has neither an artifact nor metadata there");
        var stale = age > _log.Network.MaxTagAge
            ? string.Create(CultureInfo.InvariantCulture, $"the newest checkpoint is {age.TotalHours:0.#} hours old and this network allows {_log.Network.MaxTagAge.TotalHours:0.#}; the node waits until an authority answers again")
            : null;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            return parsed switch
            {
                MavenFilePath file => await FileAsync(_log, file, stale, limit.Token),
                MavenAttestationPath beside => await AttestationAsync(_log, beside, stale, limit.Token),
                _ => await MetadataAsync(_log, (MavenMetadataPath)parsed, stale, limit.Token),
            };
        }
        catch (ContentStoreException e)
        {
            return new MavenAnswer(MavenResult.Unavailable, e.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new MavenAnswer(MavenResult.Unavailable, $"what {path} is made from did not arrive within {Patience.TotalSeconds:0} s");
        }
    }

    /// <summary>Opens a file that <see cref="FindAsync"/> found. Every chunk that it gives is verified, and the last one only with the whole.</summary>
    /// <exception cref="ContentStoreException">No peer brought it in time.</exception>
    public Task<IContentReader> OpenAsync(MavenFile file, CancellationToken cancellationToken) => _artifacts.OpenAsync(file.Output, cancellationToken);

    /// <summary>The checksums of a file for the answer's headers, when they are known or can be computed soon.</summary>
    internal async Task<MavenChecksumSet?> ChecksumsSoonAsync(MavenFile file, TimeSpan soon, CancellationToken cancellationToken)
    {
        if (_checksums.Known(file.Output) is { } known) return known;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(soon);
        try
        {
            return await _checksums.ComputeAsync(file.Output, limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>The checksums of a file when they are known.</summary>
    internal MavenChecksumSet? KnownChecksums(MavenFile file) => _checksums.Known(file.Output);

    private async Task<MavenAnswer> FileAsync(LogView log, MavenFilePath path, string? stale, CancellationToken cancellationToken)
    {
        if (log.Index.Maven.Find(path) is not { } found) return await UnverifiedAsync(log, path, stale, cancellationToken);
        var isImmutable = !path.Coordinates.IsSnapshot || path.IsTimestamped;
        if (!isImmutable && stale is not null) return new MavenAnswer(MavenResult.Unavailable, stale);
        var judgement = _policy!.Judge(found.Verdict);
        if (judgement.Refusal is { } refusal) return new MavenAnswer(MavenResult.Refused, refusal);
        _prefetch!.Begin(path.Coordinates);
        return await ServeAsync(path, found, isImmutable, judgement.Note, cancellationToken);
    }

    private async Task<MavenAnswer> ServeAsync(MavenFilePath path, MavenLogFile found, bool isImmutable, PolicyNote? note, CancellationToken cancellationToken)
    {
        if (path.Checksum is not { } checksum) return MavenAnswer.Found(new MavenFile(found.Output, found.Time, isImmutable), note);
        var set = await _checksums.ComputeAsync(found.Output, cancellationToken);
        return MavenAnswer.Found(new MavenDocument(System.Text.Encoding.ASCII.GetBytes(set[checksum]), MavenMediaTypes.Text, found.Time, isImmutable), note);
    }

    /// <summary>
    /// Nothing verified stands there. What was built and not verified may be served where the operator allows it, to whoever asks for exactly this version: metadata never names it. It may
    /// be verified yet, so nobody is told to keep it.
    /// </summary>
    private async Task<MavenAnswer> UnverifiedAsync(LogView log, MavenFilePath path, string? stale, CancellationToken cancellationToken)
    {
        if (stale is not null || log.Index.Maven.Find(path.Coordinates) is not null || log.Index.Unverified.Find(Coordinate.Of(path.Coordinates)) is not { } answer) return Missing(log, path.Coordinates, stale);
        var judgement = _policy!.Judge(answer);
        if (judgement.Refusal is { } refusal) return IsUnderWay(log, path.Coordinates) ? Missing(log, path.Coordinates, stale) : new MavenAnswer(MavenResult.Refused, refusal);
        return MavenLogVersion.Of(path.Coordinates, answer.Root, answer.Verdict, answer.Time, answer.Outputs).Find(path) is { } found
            ? await ServeAsync(path, found, isImmutable: false, judgement.Note, cancellationToken)
            : new MavenAnswer(MavenResult.Absent, $"the result for {path.Coordinates} has no such file");
    }

    private static bool IsUnderWay(LogView log, MavenCoordinates coordinates) => log.Index.About(Coordinate.Of(coordinates)) is [.., var newest] && !newest.Type.IsVerdict();

    /// <summary>Nothing verified stands there. A client that hears 404 will not ask again, so that is said only when the log says so and nothing is under way.</summary>
    private static MavenAnswer Missing(LogView log, MavenCoordinates coordinates, string? stale)
    {
        if (stale is not null) return new MavenAnswer(MavenResult.Unavailable, stale);
        var known = log.Index.Maven.Find(coordinates) is not null;
        if (IsUnderWay(log, coordinates)) return new MavenAnswer(MavenResult.Unavailable, $"the authorities are working on {coordinates} now");
        return new MavenAnswer(MavenResult.Absent, known ? $"the log has no such file of {coordinates}" : $"{coordinates} is not in the log; ask for it with: pyrsia build maven --gav {coordinates}");
    }

    /// <summary>The proof beside a file that the log verified; a file that the log has under that very name goes before.</summary>
    private async Task<MavenAnswer> AttestationAsync(LogView log, MavenAttestationPath path, string? stale, CancellationToken cancellationToken)
    {
        if (path.Itself is { } itself && log.Index.Maven.Find(itself) is not null) return await FileAsync(log, itself with { Checksum = path.Checksum }, stale, cancellationToken);
        foreach (var (file, builder) in path.Readings)
        {
            if (log.Index.Maven.Find(file) is not { } found) continue;
            var answer = _attestations!.Find(found, path.Kind, builder);
            return answer.Resource is MavenDocument document ? MavenAnswer.Found(ChecksumOr(path, document)) : answer;
        }
        return Missing(log, path.Readings[0].File.Coordinates, stale);
    }

    /// <summary>A document, or the checksum of it that the path asks for.</summary>
    private static MavenDocument ChecksumOr(MavenPath path, MavenDocument document) => path.Checksum is { } checksum
        ? new MavenDocument(System.Text.Encoding.ASCII.GetBytes(MavenChecksums.Of(document.Bytes.Span)[checksum]), MavenMediaTypes.Text, document.Modified, document.IsImmutable)
        : document;

    private async Task<MavenAnswer> MetadataAsync(LogView log, MavenMetadataPath path, string? stale, CancellationToken cancellationToken)
    {
        if (stale is not null) return new MavenAnswer(MavenResult.Unavailable, stale);
        if (await DescribeAsync(log, path, cancellationToken) is not var (bytes, modified)) return new MavenAnswer(MavenResult.Absent, $"the log has nothing to say in {path.Target}");
        return MavenAnswer.Found(ChecksumOr(path, new MavenDocument(bytes, MavenMediaTypes.Xml, modified, IsImmutable: false)));
    }

    /// <summary>Only what is verified and would be served is named: a version that would be refused must not win a range.</summary>
    private async Task<(byte[] Bytes, DateTimeOffset Modified)?> DescribeAsync(LogView log, MavenMetadataPath path, CancellationToken cancellationToken)
    {
        if (path.Snapshot is { } snapshot)
            return log.Index.Maven.Find(snapshot) is { } version && _policy!.Judge(version.Verdict).Refusal is null ? (MavenMetadataXml.OfSnapshot(version), version.Time) : null;
        MavenLogVersion[] versions = path.Artifact is var (groupId, artifactId) ? [.. log.Index.Maven.Versions(groupId, artifactId).Where(v => _policy!.Judge(v.Verdict).Refusal is null)] : [];
        var plugins = path.Group is { } group ? await _plugins!.OfAsync(group, version => _policy!.Judge(version.Verdict).Refusal is null, cancellationToken) : [];
        if (versions.Length == 0 && plugins.Count == 0) return null;
        return (MavenMetadataXml.OfDirectory([.. plugins.Select(p => p.Plugin)], versions), versions.Select(v => v.Time).Concat(plugins.Select(p => p.Time)).Max());
    }
}
