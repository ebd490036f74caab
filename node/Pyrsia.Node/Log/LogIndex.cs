using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Packages;

namespace Pyrsia.Node.Log;

/// <summary>
/// Finds entries by coordinate, by request and by digest. Built from the leaves that a verified checkpoint covers, in their order; the same rules as the replicas' decide
/// what a name answers with. It knows places alone, and reads there when it is asked, so that a log of a million entries takes little memory. One thread adds; any may ask.
/// </summary>
public sealed class LogIndex
{
    private readonly LogPlaces _places = new();
    private readonly RequestPlaces _ofRequest;
    private readonly ChunkedList<uint> _requests = new();
    private readonly HashSet<long> _conflicting = [];
    private readonly Func<long, LogEntry?> _read;
    private readonly Lock _gate = new();

    /// <param name="genesis">The network that the log belongs to.</param>
    /// <param name="read">The entry at an index, with its payload; null for a leaf that is no entry.</param>
    public LogIndex(GenesisDocument genesis, Func<long, LogEntry?> read)
    {
        (_read, _ofRequest) = (read, new RequestPlaces(_places));
        Maven = new MavenIndex(_places, read);
        Mappings = new MappingIndex(genesis, _places, read);
        Sets = new SetIndex(genesis);
        Unverified = new UnverifiedIndex(_places, read);
    }

    /// <summary>Number of leaves taken in.</summary>
    public long Size { get; private set; }

    /// <summary>What of the log has a place in the Maven repository layout.</summary>
    public MavenIndex Maven { get; }

    /// <summary>What coordinates are built from.</summary>
    public MappingIndex Mappings { get; }

    /// <summary>Who the authorities are.</summary>
    public SetIndex Sets { get; }

    /// <summary>What was built and not verified.</summary>
    public UnverifiedIndex Unverified { get; }

    /// <summary>Takes in the next leaf.</summary>
    /// <param name="entry">The entry; null for a leaf that is no entry of a known kind, which is counted and passed over.</param>
    public void Add(LogEntry? entry)
    {
        if (entry is not null) Sets.Add(Size, entry);
        if (entry is SetChangeEntry change) Mappings.Begin(change.Set);
        if (entry is SignedEntry signed) Mappings.Add(Size, signed, IsNamed);
        if (RequestOf(entry) is { } request) Keep(Size, request, entry!);
        if (entry is VerdictEntry verdict) Keep(Size, verdict);
        Size++;
    }

    /// <summary>What a name answers with: of an immutable one the first verified result, else the newest; null when nothing is verified.</summary>
    public IndexedEntry? Resolve(string coordinate) =>
        _places.Find(PlaceOf.Name, coordinate) is { } place && _read(place) is VerdictEntry verdict && verdict.Names.FirstOrDefault(n => n.Coordinate == coordinate) is { } name
            ? Describe(place, verdict, verdict.Verdict.Coordinate) with { Coordinate = coordinate, Root = name.Root }
            : null;

    /// <summary>The output of that digest, with the first verdict that vouches for it and conflicts with none before it; null when none did.</summary>
    public (ArtifactOutput Output, long Verdict)? FindOutput(Digest digest) =>
        _places.Find(PlaceOf.Output, digest.Bytes) is { } place && _read(place) is VerdictEntry verdict && verdict.Outputs.FirstOrDefault(o => o.Digest == digest) is { } output ? (output, place) : null;

    /// <summary>Whether the verdict at an index conflicts with an earlier answer of an immutable coordinate.</summary>
    public bool IsConflicting(long verdict)
    {
        lock (_gate) return _conflicting.Contains(verdict);
    }

    /// <summary>The plain file of that name, such as <c>generic/NAME/VERSION/FILE</c>, with the verdict that its coordinate answers with; null when nothing is verified there.</summary>
    public (ArtifactOutput Output, long Verdict)? FindFile(string name) =>
        _places.Find(PlaceOf.File, name) is { } place && _read(place) is VerdictEntry verdict && verdict.Outputs.FirstOrDefault(o => o.Name == name) is { } output ? (output, place) : null;

    /// <summary>All entries about a coordinate, oldest first.</summary>
    public IReadOnlyList<IndexedEntry> About(string coordinate)
    {
        var requests = _places.All(PlaceOf.Coordinate, coordinate).SelectMany(place => _read(place) is SignedEntry request ? Of(new RequestId(request.PayloadDigest), other => other == place ? request : _read(other)) : []);
        var named = _places.All(PlaceOf.AlsoNamed, coordinate).Select(place => (Place: place, Entry: _read(place))).Where(found => found.Entry is VerdictEntry)
            .SelectMany(found => ((VerdictEntry)found.Entry!).Names.Where(n => n.Coordinate == coordinate).Select(n => Describe(found.Place, found.Entry, coordinate) with { Root = n.Root }));
        return [.. requests.Where(entry => entry.Coordinate == coordinate).Concat(named).OrderBy(entry => entry.Index)];
    }

    /// <summary>All entries of a request, oldest first.</summary>
    public IReadOnlyList<IndexedEntry> Of(RequestId request) => Of(request, _read);

    private IReadOnlyList<IndexedEntry> Of(RequestId request, Func<long, LogEntry?> read)
    {
        var found = _ofRequest.All(request).Select(place => (Place: place, Entry: read(place))).Where(entry => RequestOf(entry.Entry) == request).ToList();
        if (found is not [(_, SignedEntry { Body: BuildRequest { Coordinate: var coordinate } }), ..]) return [];
        return [.. found.Select(entry => Describe(entry.Place, entry.Entry!, coordinate))];
    }

    /// <summary>The newest requests, newest first.</summary>
    public IReadOnlyList<RequestId> Newest(int count)
    {
        var places = new List<long>();
        lock (_gate)
            for (var i = _requests.Count; i > 0 && places.Count < count; i--) places.Add(_requests[i - 1]);
        return [.. places.Select(place => RequestOf(_read(place))).OfType<RequestId>()];
    }

    /// <summary>The coordinates that begin with a prefix, end in a word without a colon, and answer with something, in ordinal order.</summary>
    /// <param name="prefix">The beginning with its last colon, such as <c>docker:docker.io/library/alpine:</c>.</param>
    public IReadOnlyList<string> Names(string prefix) => [.. _places.Words(PlaceOf.NameUnder, prefix).Select(word => prefix + word).Order(StringComparer.Ordinal)];

    private static RequestId? RequestOf(LogEntry? entry) => entry switch
    {
        VerdictEntry { Verdict.Request: var id } => id,
        SignedEntry { Body: BuildRequest } signed => new RequestId(signed.PayloadDigest),
        SignedEntry { Body: BuilderEntry { Request: var id } } => id,
        SignedEntry { Body: BuildCancellation { Request: var id } } => id,
        _ => null,
    };

    private static IndexedEntry Describe(long index, LogEntry entry, string coordinate) => entry switch
    {
        VerdictEntry { Verdict: var v } => new(
            index, v.Type, coordinate, v.Request, null, v.Root, v.TimeMs, v.Reason,
            [.. v.Agreeing.Concat(v.Dissenting).Concat(v.Failures).Select(vote => vote.Index)], [.. v.Agreeing.Select(vote => vote.Name)]),
        SignedEntry { Body: BuildRequest body } signed => new(index, signed.Type, coordinate, new RequestId(signed.PayloadDigest), null, body.Digest, null, null, [], []),
        SignedEntry { Body: BuilderEntry body } => new(index, body.Type, coordinate, body.Request, body.Builder, null, null, (body as BuildFailed)?.Reason, [], []),
        _ => new(index, entry.Type, coordinate, RequestOf(entry)!.Value, null, null, null, null, [], []),
    };

    private bool IsNamed(string coordinate) => _places.Find(PlaceOf.Name, coordinate) is not null;

    /// <summary>An entry belongs to a request that is known.</summary>
    private void Keep(long index, RequestId request, LogEntry entry)
    {
        if (entry is SignedEntry { Body: BuildRequest { Coordinate: var coordinate } })
        {
            _places.Add(PlaceOf.Coordinate, coordinate, index);
            lock (_gate) _requests.Add(checked((uint)index));
        }
        else if (!_ofRequest.Knows(request)) return;
        _ofRequest.Add(request, index, isLast: entry is VerdictEntry);
    }

    private void Keep(long index, VerdictEntry verdict)
    {
        Unverified.Add(index, verdict, IsNamed);
        if (verdict.Type != EntryType.Verified) return;
        if (verdict.Verdict.ConflictsWith is not null)
            lock (_gate) _conflicting.Add(index);
        Maven.Add(index, verdict);
        foreach (var output in verdict.Outputs)
            if (_places.Find(PlaceOf.Output, output.Digest.Bytes) is not { } known || (IsConflicting(known) && verdict.Verdict.ConflictsWith is null)) _places.Set(PlaceOf.Output, output.Digest.Bytes, index);
        foreach (var (coordinate, _) in verdict.Names)
        {
            if (coordinate != verdict.Verdict.Coordinate) _places.Add(PlaceOf.AlsoNamed, coordinate, index);
            var isNamed = IsNamed(coordinate);
            if (isNamed && Coordinate.IsImmutable(coordinate)) continue;
            if (verdict.Verdict.ConflictsWith is null && PackageNames.Split(coordinate) is var (names, name) && names.IsServedPlain && names.OutputFolder(name) is { } folder) KeepFiles(folder, verdict, index);
            _places.Set(PlaceOf.Name, coordinate, index);
            var word = coordinate.LastIndexOf(':') + 1;
            if (!isNamed) _places.AddWord(PlaceOf.NameUnder, coordinate[..word], coordinate[word..]);
        }
    }

    private void KeepFiles(string folder, VerdictEntry verdict, long index)
    {
        foreach (var output in verdict.Outputs.Where(output => output.Name.StartsWith(folder, StringComparison.Ordinal))) _places.Set(PlaceOf.File, output.Name, index);
    }
}
