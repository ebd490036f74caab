using Pyrsia.Contracts;
using Pyrsia.Provenance.Attestations;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Packages;

namespace Pyrsia.Node.Log;

/// <summary>
/// Finds entries by coordinate, by request and by digest. Built from the leaves that a verified checkpoint covers, in their
/// order; the same rules as the replicas' decide what a name answers with.
/// </summary>
/// <param name="genesis">The network that the log belongs to.</param>
public sealed class LogIndex(GenesisDocument genesis)
{
    private readonly Dictionary<string, List<IndexedEntry>> _byCoordinate = new(StringComparer.Ordinal);
    private readonly Dictionary<RequestId, List<IndexedEntry>> _byRequest = [];
    private readonly Dictionary<RequestId, string> _coordinates = [];
    private readonly List<RequestId> _requests = [];
    private readonly Dictionary<string, (ArtifactOutput Output, long Verdict)> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<Digest, (ArtifactOutput Output, long Verdict)> _outputs = [];
    private readonly Dictionary<string, IndexedEntry> _names = new(StringComparer.Ordinal);
    private readonly HashSet<long> _conflicting = [];
    private readonly Lock _gate = new();

    /// <summary>Number of leaves taken in.</summary>
    public long Size { get; private set; }

    /// <summary>What of the log has a place in the Maven repository layout.</summary>
    public MavenIndex Maven { get; } = new();

    /// <summary>What coordinates are built from.</summary>
    public MappingIndex Mappings { get; } = new(genesis);

    /// <summary>What was built and not verified.</summary>
    public UnverifiedIndex Unverified { get; } = new();

    /// <summary>Takes in the next leaf.</summary>
    /// <param name="entry">The entry; null for a leaf that is no entry of a known kind, which is counted and passed over.</param>
    public void Add(LogEntry? entry)
    {
        lock (_gate)
        {
            var index = Size++;
            if (entry is SetChangeEntry change) Mappings.Begin(change.Set);
            if (entry is SignedEntry signed) Mappings.Add(index, signed, _names.ContainsKey);
            if (entry is not null && Describe(index, entry) is { } indexed) Keep(indexed, entry);
        }
    }

    /// <summary>What a name answers with: of an immutable one the first verified result, else the newest; null when nothing is verified.</summary>
    public IndexedEntry? Resolve(string coordinate)
    {
        lock (_gate) return _names.GetValueOrDefault(coordinate);
    }

    /// <summary>The output of that digest, with the first verdict that vouches for it and conflicts with none before it; null when none did.</summary>
    public (ArtifactOutput Output, long Verdict)? FindOutput(Digest digest)
    {
        lock (_gate) return _outputs.TryGetValue(digest, out var found) ? found : null;
    }

    /// <summary>Whether the verdict at an index conflicts with an earlier answer of an immutable coordinate.</summary>
    public bool IsConflicting(long verdict)
    {
        lock (_gate) return _conflicting.Contains(verdict);
    }

    /// <summary>The plain file of that name, such as <c>generic/NAME/VERSION/FILE</c>, with the verdict that its coordinate answers with; null when nothing is verified there.</summary>
    public (ArtifactOutput Output, long Verdict)? FindFile(string name)
    {
        lock (_gate) return _files.TryGetValue(name, out var found) ? found : null;
    }

    /// <summary>All entries about a coordinate, oldest first.</summary>
    public IReadOnlyList<IndexedEntry> About(string coordinate)
    {
        lock (_gate) return _byCoordinate.TryGetValue(coordinate, out var entries) ? [.. entries] : [];
    }

    /// <summary>All entries of a request, oldest first.</summary>
    public IReadOnlyList<IndexedEntry> Of(RequestId request)
    {
        lock (_gate) return _byRequest.TryGetValue(request, out var entries) ? [.. entries] : [];
    }

    /// <summary>The newest requests, newest first.</summary>
    public IReadOnlyList<RequestId> Newest(int count)
    {
        lock (_gate) return [.. _requests.TakeLast(count).Reverse()];
    }

    /// <summary>The coordinates that begin with a prefix and answer with something, in ordinal order.</summary>
    public IReadOnlyList<string> Names(string prefix)
    {
        lock (_gate) return [.. _names.Keys.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
    }

    private IndexedEntry? Describe(long index, LogEntry entry) => entry switch
    {
        VerdictEntry { Verdict: var v } => new(
            index, v.Type, v.Coordinate, v.Request, null, v.Root, v.TimeMs, v.Reason,
            [.. v.Agreeing.Concat(v.Dissenting).Concat(v.Failures).Select(vote => vote.Index)], [.. v.Agreeing.Select(vote => vote.Name)]),
        SignedEntry { Body: BuildRequest body } signed => new(index, signed.Type, body.Coordinate, new RequestId(signed.PayloadDigest), null, body.Digest, null, null, [], []),
        SignedEntry { Body: BuilderEntry body } => OfRequest(index, body, body.Request, body.Builder, (body as BuildFailed)?.Reason),
        SignedEntry { Body: BuildCancellation body } => OfRequest(index, body, body.Request, null, null),
        _ => null,
    };

    private IndexedEntry? OfRequest(long index, EntryBody body, RequestId request, string? builder, FailureReason? reason) =>
        _coordinates.TryGetValue(request, out var coordinate) ? new(index, body.Type, coordinate, request, builder, null, null, reason, [], []) : null;

    private void Keep(IndexedEntry indexed, LogEntry entry)
    {
        if (indexed.Type == EntryType.BuildRequest && _coordinates.TryAdd(indexed.Request, indexed.Coordinate)) _requests.Add(indexed.Request);
        Append(_byCoordinate, indexed.Coordinate, indexed);
        Append(_byRequest, indexed.Request, indexed);
        if (entry is SignedEntry { Body: ResultStatement result }) Unverified.Add(indexed.Index, result);
        if (entry is not VerdictEntry verdict) return;
        Unverified.Add(indexed.Index, verdict, _names.ContainsKey);
        if (verdict.Type != EntryType.Verified) return;
        if (verdict.Verdict.ConflictsWith is not null) _conflicting.Add(indexed.Index);
        Maven.Add(indexed.Index, verdict);
        foreach (var output in verdict.Outputs)
            if (!_outputs.TryGetValue(output.Digest, out var known) || (_conflicting.Contains(known.Verdict) && verdict.Verdict.ConflictsWith is null)) _outputs[output.Digest] = (output, indexed.Index);
        foreach (var (coordinate, root) in verdict.Names)
        {
            var named = indexed with { Coordinate = coordinate, Root = root };
            if (coordinate != indexed.Coordinate) Append(_byCoordinate, coordinate, named);
            if (Coordinate.IsImmutable(coordinate) && _names.ContainsKey(coordinate)) continue;
            _names[coordinate] = named;
            if (verdict.Verdict.ConflictsWith is null && PackageNames.Split(coordinate) is var (names, name) && names.IsServedPlain && names.OutputFolder(name) is { } folder) KeepFiles(folder, verdict, indexed.Index);
        }
    }

    private void KeepFiles(string folder, VerdictEntry verdict, long index)
    {
        foreach (var output in verdict.Outputs.Where(output => output.Name.StartsWith(folder, StringComparison.Ordinal))) _files[output.Name] = (output, index);
    }

    private static void Append<TKey>(Dictionary<TKey, List<IndexedEntry>> lists, TKey key, IndexedEntry entry)
        where TKey : notnull
    {
        if (!lists.TryGetValue(key, out var list)) lists[key] = list = [];
        list.Add(entry);
    }
}
