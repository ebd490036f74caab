using Pyrsia.Contracts;
using Pyrsia.Provenance.Attestations;
using Pyrsia.Provenance.Entries;

namespace Pyrsia.Tests.Node.Log;

/// <summary>What an index is to answer, found by looking through the whole log each time.</summary>
internal sealed class NaiveLogIndex(IReadOnlyList<LogEntry> entries)
{
    private IEnumerable<(long Index, VerdictEntry Entry)> Verdicts => entries.Select((entry, i) => ((long)i, entry as VerdictEntry)).Where(found => found.Item2 is not null)!;

    private IEnumerable<(long Index, VerdictEntry Entry)> Verified => Verdicts.Where(v => v.Entry.Type == EntryType.Verified);

    internal (long Index, Digest Root)? Resolve(string coordinate)
    {
        var answers = Verified.Where(v => v.Entry.Names.Any(n => n.Coordinate == coordinate)).ToList();
        if (answers.Count == 0) return null;
        var (index, entry) = Coordinate.IsImmutable(coordinate) ? answers[0] : answers[^1];
        return (index, entry.Names.First(n => n.Coordinate == coordinate).Root);
    }

    internal (ArtifactOutput Output, long Verdict)? FindOutput(Digest digest)
    {
        var found = Verified.Where(v => v.Entry.Outputs.Any(o => o.Digest == digest)).OrderBy(v => v.Entry.Verdict.ConflictsWith is not null).ToList();
        return found.Count == 0 ? null : (found[0].Entry.Outputs.First(o => o.Digest == digest), found[0].Index);
    }

    internal IEnumerable<long> Of(RequestId request) => Enumerable.Range(0, entries.Count).Where(i => RequestOf(entries[i]) == request).Select(i => (long)i);

    internal IEnumerable<long> About(string coordinate) => Enumerable.Range(0, entries.Count).Where(i =>
        entries[i] is VerdictEntry { Type: EntryType.Verified } verdict && verdict.Names.Any(n => n.Coordinate == coordinate)
        || RequestOf(entries[i]) is { } id && entries.Any(e => e is SignedEntry { Body: BuildRequest body } signed && new RequestId(signed.PayloadDigest) == id && body.Coordinate == coordinate)).Select(i => (long)i);

    internal IEnumerable<RequestId> Newest() => entries.Where(e => e is SignedEntry { Body: BuildRequest }).Select(e => RequestOf(e)!.Value).Reverse();

    internal IEnumerable<string> Names(string prefix) => Verified.SelectMany(v => v.Entry.Names).Select(n => n.Coordinate).Distinct().Where(c => c.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    internal long? Maven(MavenCoordinates version)
    {
        var answers = Verified.Where(v => v.Entry.Verdict.ConflictsWith is null && v.Entry.Names.Any(n => n.Coordinate == Coordinate.Of(version))).Select(v => v.Index).ToList();
        return answers.Count == 0 ? null : version.IsSnapshot ? answers[^1] : answers[0];
    }

    internal (long Verdict, Digest Root, int Organisations, IReadOnlyList<long> Results)? Unverified(string coordinate)
    {
        (long, Digest, int, IReadOnlyList<long>)? answer = null;
        var verified = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (index, entry) in Verdicts)
        {
            if (entry.Names.Any(n => n.Coordinate == coordinate)) answer = null;
            if (entry.Type == EntryType.Verified) verified.UnionWith(entry.Names.Select(n => n.Coordinate));
            else if (Favourite(entry) is var (statement, organisations, results) && !verified.Contains(coordinate)
                && statement.AlsoNames.Prepend(new NamedRoot(statement.Coordinate, statement.Root)).FirstOrDefault(n => n.Coordinate == coordinate) is { } name)
                answer = (index, name.Root, organisations, results);
        }
        return answer;
    }

    private (ResultStatement Statement, int Organisations, IReadOnlyList<long> Results)? Favourite(VerdictEntry entry)
    {
        (ResultStatement Statement, int Organisations, IReadOnlyList<long> Results)? best = null;
        foreach (var vote in entry.Verdict.Dissenting)
        {
            var statement = (ResultStatement)((SignedEntry)entries[(int)vote.Index]).Body!;
            var same = entry.Verdict.Dissenting.Where(v => ((ResultStatement)((SignedEntry)entries[(int)v.Index]).Body!).Outputs.SequenceEqual(statement.Outputs)).ToList();
            var organisations = same.Select(v => v.Organisation).Distinct().Count();
            if (best is null || organisations > best.Value.Organisations) best = (statement, organisations, [.. same.Select(v => v.Index)]);
        }
        return best;
    }

    private static RequestId? RequestOf(LogEntry entry) => entry switch
    {
        VerdictEntry verdict => verdict.Verdict.Request,
        SignedEntry { Body: BuildRequest } request => new RequestId(request.PayloadDigest),
        SignedEntry { Body: BuilderEntry body } => body.Request,
        SignedEntry { Body: BuildCancellation body } => body.Request,
        _ => null,
    };
}
