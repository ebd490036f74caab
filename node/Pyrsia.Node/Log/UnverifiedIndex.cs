using Pyrsia.Contracts;
using Pyrsia.Provenance.Attestations;
using Pyrsia.Provenance.Entries;

namespace Pyrsia.Node.Log;

/// <summary>
/// Finds what was built and not verified, by coordinate and by digest, for an operator who wants it all the same. What is verified answers for its
/// coordinate alone: nothing here ever stands beside it.
/// </summary>
public sealed class UnverifiedIndex
{
    private readonly LogPlaces _places;
    private readonly Func<long, LogEntry?> _read;

    internal UnverifiedIndex(LogPlaces places, Func<long, LogEntry?> read) => (_places, _read) = (places, read);

    /// <summary>The answer of a coordinate; null when it has none, or a verified one.</summary>
    public UnverifiedAnswer? Find(string coordinate) =>
        _places.Find(PlaceOf.Unverified, coordinate) is { } place ? Answers(place).FirstOrDefault(answer => answer.Coordinate == coordinate) : null;

    /// <summary>The answers that have an output of that digest.</summary>
    public IReadOnlyList<UnverifiedAnswer> Find(Digest output) =>
        [.. _places.All(PlaceOf.UnverifiedOutput, output.Bytes).SelectMany(place => Answers(place).Where(answer => _places.Find(PlaceOf.Unverified, answer.Coordinate) == place))
            .Where(answer => answer.Outputs.Any(o => o.Digest == output))];

    /// <summary>Takes in a verdict. The results that it lists are read where they stand.</summary>
    /// <param name="index">Where it stands.</param>
    /// <param name="entry">The verdict.</param>
    /// <param name="isVerified">Whether a coordinate answers with something verified.</param>
    internal void Add(long index, VerdictEntry entry, Func<string, bool> isVerified)
    {
        foreach (var (coordinate, _) in entry.Names)
            if (_places.Find(PlaceOf.Unverified, coordinate) is not null) _places.Set(PlaceOf.Unverified, coordinate, null);
        UnverifiedAnswer[] answers = [.. Answers(index, entry).Where(answer => !isVerified(answer.Coordinate))];
        foreach (var answer in answers) _places.Set(PlaceOf.Unverified, answer.Coordinate, index);
        if (answers.Length == 0) return;
        foreach (var digest in answers[0].Outputs.Select(o => o.Digest).Distinct()) _places.Add(PlaceOf.UnverifiedOutput, digest.Bytes, index);
    }

    private IEnumerable<UnverifiedAnswer> Answers(long place) => _read(place) is VerdictEntry verdict ? Answers(place, verdict) : [];

    /// <summary>What a verdict that did not verify anything leaves as answers: of each name that its favourite result has.</summary>
    private IEnumerable<UnverifiedAnswer> Answers(long place, VerdictEntry entry)
    {
        if (entry.Type == EntryType.Verified || Favourite(entry.Verdict) is not { } favourite) return [];
        var (statement, organisations) = (favourite[0].Statement, OrganisationsOf(entry.Verdict, favourite));
        return statement.AlsoNames.Prepend(new NamedRoot(statement.Coordinate, statement.Root)).Select(name => new UnverifiedAnswer(
            name.Coordinate, name.Root, place, entry.Type, DateTimeOffset.FromUnixTimeMilliseconds(entry.Verdict.TimeMs), [.. favourite.Select(r => r.Index)], organisations, statement.Outputs));
    }

    /// <summary>The results that most organisations share; of equals the one that was logged first. Null when there is no result.</summary>
    private (long Index, ResultStatement Statement)[]? Favourite(Verdict verdict) =>
        verdict.Dissenting.Select(vote => (vote.Index, Statement: (_read(vote.Index) as SignedEntry)?.Body as ResultStatement)).Where(r => r.Statement?.Request == verdict.Request)
            .GroupBy(r => Digest.Of(VerdictEntry.EncodeOutputs(r.Statement!.Outputs)))
            .Select(group => group.OrderBy(r => r.Index).Select(r => (r.Index, r.Statement!)).ToArray())
            .OrderByDescending(group => OrganisationsOf(verdict, group)).ThenBy(group => group[0].Index).FirstOrDefault();

    private static int OrganisationsOf(Verdict verdict, IEnumerable<(long Index, ResultStatement Statement)> results)
    {
        var indices = results.Select(r => r.Index).ToHashSet();
        return verdict.Dissenting.Where(vote => indices.Contains(vote.Index)).Select(vote => vote.Organisation).Distinct(StringComparer.Ordinal).Count();
    }
}
