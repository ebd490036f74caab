using Pyrsia.Authority.Log;
using Pyrsia.Consensus;
using Pyrsia.Contracts;
using Pyrsia.Node.Log;
using Pyrsia.Testing;
using Pyrsia.Testing.Provenance;
using Xunit;

namespace Pyrsia.Tests.Authority;

public sealed class LogWriterTests : IDisposable
{
    private readonly TestNetwork _network = new();
    private readonly TemporaryDirectory _directory = new();

    public void Dispose()
    {
        _network.Dispose();
        _directory.Dispose();
    }

    private LedgerApplicationState[] States(int count, string seed = "")
    {
        var application = new LedgerApplication(_network.Genesis, _ => null);
        var states = new List<LedgerApplicationState> { application.Genesis };
        for (var i = 1; i <= count; i++)
        {
            var context = new BlockContext(new Epoch(0), new View((ulong)i), (ulong)i, 1_750_000_000_000 + i, 1_750_000_000_000 + i, states[^1].Size);
            Entry[] entries = [.. Enumerable.Range(0, i).Select(e => new Entry(_network.Request($"image{e}:1", Digest.Of("x"u8), nonce: $"{seed}{i}/{e}").Leaf))];
            states.Add((LedgerApplicationState)application.Apply(states[^1], context, entries).State!);
        }
        return [.. states.Skip(1)];
    }

    [Fact]
    public void A_block_that_is_handed_over_again_is_written_once()
    {
        using var store = LogStore.Open(_directory.Path);
        var writer = new LogWriter(store);
        var states = States(4);
        foreach (var state in states.Take(2).Concat(states.Take(3)).Concat(states)) writer.Write(state);
        Assert.Equal(10, store.Size);
        Assert.Equal(states[^1].Range.Root(), store.Root);
    }

    [Fact]
    public void A_block_of_which_a_crash_let_only_some_leaves_through_is_completed()
    {
        using var store = LogStore.Open(_directory.Path);
        var states = States(3);
        new LogWriter(store).Write(states[0]);
        store.Append([.. states[1].Leaves.Take(1)]);
        foreach (var state in states) new LogWriter(store).Write(state);
        Assert.Equal(states[^1].Range.Root(), store.Root);
    }

    [Fact]
    public void A_gap_before_the_block_is_refused()
    {
        using var store = LogStore.Open(_directory.Path);
        Assert.Contains("begins at 1", Assert.Throws<LogStoreException>(() => new LogWriter(store).Write(States(2)[1])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stored_log_that_is_not_the_agreed_one_is_refused()
    {
        using var store = LogStore.Open(_directory.Path);
        new LogWriter(store).Write(States(1, "other")[0]);
        Assert.Contains("another root", Assert.Throws<LogStoreException>(() => new LogWriter(store).Write(States(2)[1])).Message, StringComparison.Ordinal);
    }
}
