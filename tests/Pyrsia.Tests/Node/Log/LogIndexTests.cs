using Pyrsia.Contracts;
using Pyrsia.Node.Log;
using Pyrsia.Provenance.Entries;
using Pyrsia.Testing;
using Pyrsia.Testing.Provenance;
using Xunit;

namespace Pyrsia.Tests.Node.Log;

public sealed class LogIndexTests : IDisposable
{
    private readonly TestNetwork _network = new(naming: RandomLog.Naming);
    private readonly TemporaryDirectory _directory = new();

    public void Dispose()
    {
        _directory.Dispose();
        _network.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_index_answers_what_looking_through_the_log_finds(int seed)
    {
        var random = new RandomLog(_network, seed);
        using var store = LogStore.Open(_directory[$"log{seed}"]);
        var index = new LogIndex(_network.Genesis, new LoggedEntries(store).Read);
        var unverified = 0;
        foreach (var steps in new[] { 50, 100, 200, 200, 450 })
        {
            random.Grow(steps);
            store.Append([.. random.Log.Entries.Skip((int)index.Size).Select(entry => entry.Leaf)]);
            foreach (var leaf in store.ReadLeaves(index.Size)) index.Add(EntryReader.Read(leaf, store.ReadPayload));
            Compare(random.Log, index);
            unverified += RandomLog.Coordinates.Count(c => index.Unverified.Find(c) is not null);
        }
        // The test says nothing when chance has left something out.
        var types = random.Log.Entries.Select(e => e.Type).Distinct().ToList();
        Assert.Contains(EntryType.Verified, types);
        Assert.Contains(EntryType.Nonreproducible, types);
        Assert.Contains(random.Log.Entries, e => e is VerdictEntry { Verdict.ConflictsWith: not null });
        Assert.True(unverified > 0);
    }

    [Fact]
    public void An_index_that_is_built_from_the_stored_log_is_the_one_that_grew_with_it()
    {
        var random = new RandomLog(_network, 4);
        using (var store = LogStore.Open(_directory["log"]))
        {
            random.Grow(300);
            store.Append([.. random.Log.Entries.Select(entry => entry.Leaf)]);
        }
        using var again = LogStore.Open(_directory["log"]);
        var index = new LogIndex(_network.Genesis, new LoggedEntries(again).Read);
        foreach (var leaf in again.ReadLeaves(0)) index.Add(EntryReader.Read(leaf, again.ReadPayload));
        Compare(random.Log, index);
    }

    private static void Compare(TestLog log, LogIndex index)
    {
        var naive = new NaiveLogIndex(log.Entries);
        Assert.Equal(log.Entries.Count, index.Size);
        Assert.Equal(naive.Newest().Take(10), index.Newest(10));
        foreach (var id in naive.Newest()) Assert.Equal(naive.Of(id), index.Of(id).Select(e => e.Index));
        foreach (var coordinate in RandomLog.Coordinates)
        {
            Assert.Equal(naive.Resolve(coordinate), index.Resolve(coordinate) is { } answer ? (answer.Index, answer.Root!.Value) : null);
            Assert.Equal(log.RootOf(coordinate), index.Resolve(coordinate)?.Root);
            var about = index.About(coordinate);
            Assert.Equal(naive.About(coordinate), about.Select(e => e.Index));
            Assert.All(about, e => Assert.Equal((coordinate, log.Entries[(int)e.Index].Type), (e.Coordinate, e.Type)));
            var prefix = coordinate[..(coordinate.LastIndexOf(':') + 1)];
            Assert.Equal(naive.Names(prefix), index.Names(prefix));
            CompareUnverified(naive, index, coordinate);
            if (Coordinate.ToMaven(coordinate) is { } gav) CompareMaven(log, naive, index, MavenCoordinates.Parse(gav));
        }
        foreach (var digest in log.Entries.SelectMany(OutputsOf).Select(o => o.Digest).Distinct())
        {
            Assert.Equal(naive.FindOutput(digest), index.FindOutput(digest));
            Assert.Equal(log.State.IsVerified(digest), index.FindOutput(digest) is not null);
            Assert.Equal(
                RandomLog.Coordinates.Where(c => index.Unverified.Find(c) is { } found && found.Outputs.Any(o => o.Digest == digest)).Order(StringComparer.Ordinal),
                index.Unverified.Find(digest).Select(answer => answer.Coordinate).Order(StringComparer.Ordinal));
        }
    }

    private static void CompareUnverified(NaiveLogIndex naive, LogIndex index, string coordinate)
    {
        var (expected, found) = (naive.Unverified(coordinate), index.Unverified.Find(coordinate));
        Assert.Equal(expected is null, found is null);
        if (expected is not { } answer) return;
        Assert.Equal((answer.Verdict, answer.Root, answer.Organisations), (found!.Verdict, found.Root, found.Organisations));
        Assert.Equal(answer.Results, found.Results);
    }

    private static void CompareMaven(TestLog log, NaiveLogIndex naive, LogIndex index, MavenCoordinates version)
    {
        var found = index.Maven.Find(version);
        Assert.Equal(naive.Maven(version), found?.Verdict);
        Assert.Equal(found is not null, index.Maven.Versions(version.GroupId, version.ArtifactId).Any(v => v.Coordinates == version));
        Assert.Equal(index.Maven.Artifacts(version.GroupId).Contains(version.ArtifactId), index.Maven.Versions(version.GroupId, version.ArtifactId).Count > 0);
        if (found is null) return;
        Assert.NotEmpty(found.Files);
        Assert.All(found.Files, file => Assert.Equal((file.Output, found.Verdict), (index.Maven.Find(file.Path)!.Output, index.Maven.Find(file.Path)!.Verdict)));
        // Of a snapshot each build's files are found, the older ones too.
        var built = log.Entries.Select((entry, i) => (Entry: entry as VerdictEntry, Index: (long)i))
            .Where(v => version.IsSnapshot && v.Entry is { Type: EntryType.Verified, Verdict.ConflictsWith: null } && v.Entry.Verdict.Coordinate == Coordinate.Of(version)).ToList();
        foreach (var name in built.SelectMany(v => v.Entry!.Outputs).Select(o => o.Name).Distinct())
        {
            Assert.Equal(MavenPathFault.None, MavenPath.TryParse(name, out var path));
            Assert.Equal(built.Last(v => v.Entry!.Outputs.Any(o => o.Name == name)).Index, index.Maven.Find((MavenFilePath)path!)!.Verdict);
        }
    }

    private static IEnumerable<ArtifactOutput> OutputsOf(LogEntry entry) => entry switch
    {
        VerdictEntry verdict => verdict.Outputs,
        SignedEntry { Body: Pyrsia.Provenance.Attestations.ResultStatement statement } => statement.Outputs,
        _ => [],
    };
}
