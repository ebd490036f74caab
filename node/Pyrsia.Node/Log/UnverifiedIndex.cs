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
    private readonly Dictionary<RequestId, List<(long Index, ResultStatement Statement)>> _open = [];
    private readonly Dictionary<string, UnverifiedAnswer> _answers = new(StringComparer.Ordinal);
    private readonly Dictionary<Digest, List<UnverifiedAnswer>> _byOutput = [];
    private readonly Lock _gate = new();

    /// <summary>The answer of a coordinate; null when it has none, or a verified one.</summary>
    public UnverifiedAnswer? Find(string coordinate)
    {
        lock (_gate) return _answers.GetValueOrDefault(coordinate);
    }

    /// <summary>The answers that have an output of that digest.</summary>
    public IReadOnlyList<UnverifiedAnswer> Find(Digest output)
    {
        lock (_gate) return _byOutput.TryGetValue(output, out var answers) ? [.. answers] : [];
    }

    /// <summary>Takes in a result; it is kept until the verdict on its request.</summary>
    internal void Add(long index, ResultStatement statement)
    {
        lock (_gate)
        {
            if (!_open.TryGetValue(statement.Request, out var results)) _open[statement.Request] = results = [];
            results.Add((index, statement));
        }
    }

    /// <summary>Takes in a verdict.</summary>
    /// <param name="index">Where it stands.</param>
    /// <param name="entry">The verdict.</param>
    /// <param name="isVerified">Whether a coordinate answers with something verified.</param>
    internal void Add(long index, VerdictEntry entry, Func<string, bool> isVerified)
    {
        lock (_gate)
        {
            _open.Remove(entry.Verdict.Request, out var results);
            foreach (var (coordinate, _) in entry.Names) Forget(coordinate);
            if (entry.Type == EntryType.Verified || Favourite(entry.Verdict, results ?? []) is not { } favourite) return;
            var statement = favourite[0].Statement;
            foreach (var (coordinate, root) in statement.AlsoNames.Prepend(new NamedRoot(statement.Coordinate, statement.Root)).Where(name => !isVerified(name.Coordinate)))
                Keep(new UnverifiedAnswer(
                    coordinate, root, index, entry.Type, DateTimeOffset.FromUnixTimeMilliseconds(entry.Verdict.TimeMs), [.. favourite.Select(r => r.Index)],
                    OrganisationsOf(entry.Verdict, favourite), statement.Outputs));
        }
    }

    /// <summary>The results that most organisations share; of equals the one that was logged first. Null when there is no result.</summary>
    private static (long Index, ResultStatement Statement)[]? Favourite(Verdict verdict, IEnumerable<(long Index, ResultStatement Statement)> results)
    {
        var listed = verdict.Dissenting.Select(vote => vote.Index).ToHashSet();
        return results.Where(r => listed.Contains(r.Index)).GroupBy(r => Digest.Of(VerdictEntry.EncodeOutputs(r.Statement.Outputs)))
            .Select(group => group.OrderBy(r => r.Index).ToArray())
            .OrderByDescending(group => OrganisationsOf(verdict, group)).ThenBy(group => group[0].Index).FirstOrDefault();
    }

    private static int OrganisationsOf(Verdict verdict, IEnumerable<(long Index, ResultStatement Statement)> results)
    {
        var indices = results.Select(r => r.Index).ToHashSet();
        return verdict.Dissenting.Where(vote => indices.Contains(vote.Index)).Select(vote => vote.Organisation).Distinct(StringComparer.Ordinal).Count();
    }

    private void Keep(UnverifiedAnswer answer)
    {
        Forget(answer.Coordinate);
        _answers[answer.Coordinate] = answer;
        foreach (var digest in answer.Outputs.Select(o => o.Digest).Distinct())
        {
            if (!_byOutput.TryGetValue(digest, out var answers)) _byOutput[digest] = answers = [];
            answers.Add(answer);
        }
    }

    private void Forget(string coordinate)
    {
        if (!_answers.Remove(coordinate, out var answer)) return;
        foreach (var digest in answer.Outputs.Select(o => o.Digest).Distinct())
            if (_byOutput[digest].Remove(answer) && _byOutput[digest].Count == 0) _byOutput.Remove(digest);
    }
}
