using Pyrsia.Node.Log;
using Pyrsia.Testing;
using Pyrsia.Testing.Provenance;
using Xunit;

namespace Pyrsia.Tests.Node.Log;

public sealed class LoggedEntriesTests : IDisposable
{
    private readonly TestNetwork _network = new(naming: RandomLog.Naming);
    private readonly TemporaryDirectory _directory = new();

    public void Dispose()
    {
        _directory.Dispose();
        _network.Dispose();
    }

    [Fact]
    public void An_entry_is_kept_when_it_is_asked_for_again()
    {
        using var store = Store();
        var entries = new LoggedEntries(store);
        var first = entries.Read(3);
        var second = entries.Read(3);
        Assert.NotSame(first, second);
        Assert.Same(second, entries.Read(3));
        Assert.Equal(first!.Leaf.Span, second!.Leaf.Span);
    }

    [Fact]
    public void Who_reads_all_of_the_log_has_nothing_kept_and_pushes_out_nothing()
    {
        using var store = Store();
        var entries = new LoggedEntries(store);
        entries.Read(0);
        var kept = entries.Read(0);
        var passing = Enumerable.Range(1, (int)store.Size - 1).Select(i => entries.Read(i)).ToList();
        Assert.Same(kept, entries.Read(0));
        Assert.NotSame(passing[^1], entries.Read(store.Size - 1));
    }

    private LogStore Store()
    {
        var random = new RandomLog(_network, 5);
        random.Grow(300);
        var store = LogStore.Open(_directory["log"]);
        store.Append([.. random.Log.Entries.Select(entry => entry.Leaf)]);
        return store;
    }
}
