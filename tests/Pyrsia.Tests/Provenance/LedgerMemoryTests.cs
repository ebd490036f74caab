using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Ledger;
using Pyrsia.Testing.Provenance;
using Xunit;

namespace Pyrsia.Tests.Provenance;

public sealed class LedgerMemoryTests : IDisposable
{
    private readonly TestNetwork _network = new(naming: RandomLog.Naming);

    public void Dispose() => _network.Dispose();

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public void The_ledger_remembers_what_stands_in_the_log(int seed)
    {
        var random = new RandomLog(_network, seed);
        random.Grow(700);
        Compare(random.Log, random.Log.State);
    }

    [Fact]
    public void A_ledger_that_applies_the_blocks_again_knows_what_the_one_before_knew()
    {
        var random = new RandomLog(_network, 13);
        random.Grow(500);
        var again = LedgerState.Start(_network.Genesis);
        var derived = new List<VerdictEntry>();
        foreach (var (timeMs, entries) in random.Log.Blocks)
        {
            Assert.True(again.TryApply(entries, timeMs, signaturesVerified: true, out var applied, out _));
            again = applied!.State;
            derived.AddRange(applied.Derived);
        }
        Assert.Equal(random.Log.Entries.OfType<VerdictEntry>().Select(v => v.LeafHash), derived.Select(v => v.LeafHash));
        Assert.Equal((random.Log.State.Size, random.Log.State.LogTimeMs, random.Log.State.NextDeadlineMs), (again.Size, again.LogTimeMs, again.NextDeadlineMs));
        Assert.Equal(random.Log.State.Open.Keys.Order(), again.Open.Keys.Order());
        Compare(random.Log, again);
    }

    private static void Compare(TestLog log, LedgerState state)
    {
        var verdicts = log.Entries.Select((entry, i) => (Index: (long)i, Entry: entry as VerdictEntry)).Where(v => v.Entry is not null).ToList();
        Assert.NotEmpty(verdicts);
        foreach (var request in log.Entries.OfType<SignedEntry>().Where(e => e.Body is BuildRequest))
        {
            var id = new RequestId(request.PayloadDigest);
            ClosedRequest? expected = verdicts.FirstOrDefault(v => v.Entry!.Verdict.Request == id) is (var index, { } entry) ? new ClosedRequest(entry.Type, index) : null;
            Assert.Equal(expected, state.FindClosed(id));
            Assert.Equal(EntryFault.Duplicate, state.CheckRules(request));
        }
        foreach (var coordinate in RandomLog.Coordinates)
        {
            var answers = verdicts.Where(v => v.Entry!.Type == EntryType.Verified && v.Entry.Names.Any(n => n.Coordinate == coordinate)).Select(v => v.Index).ToList();
            Assert.Equal(answers.Count > 0 && Coordinate.IsImmutable(coordinate) ? answers[0] : (long?)null, state.FindName(coordinate)?.VerdictIndex);
        }
        foreach (var approved in log.Entries.OfType<SignedEntry>().Where(e => e.Body is MappingProposal && !state.Proposals.ContainsKey(new MappingId(e.PayloadDigest))))
            Assert.Equal(EntryFault.Duplicate, state.CheckRules(approved));
        foreach (var output in verdicts.Where(v => v.Entry!.Type == EntryType.Verified).SelectMany(v => v.Entry!.Outputs)) Assert.True(state.IsVerified(output.Digest));
        Assert.False(state.IsVerified(TestLog.Output("never seen").Digest));
    }
}
