using Microsoft.EntityFrameworkCore;
using Pyrsia.Authority.Storage.Postgres;
using Pyrsia.Node.Log;
using Xunit;

namespace Pyrsia.Tests.Authority.Storage;

public sealed class PostgresLogTests(PostgresFixture postgres) : LogStorageTests, IAsyncLifetime
{
    private PostgresDatabase _database = null!;

    public async ValueTask InitializeAsync() => _database = await postgres.NewDatabaseAsync();

    public ValueTask DisposeAsync()
    {
        _database.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public void Two_copies_that_write_the_same_log_leave_one()
    {
        using var first = LogStore.Open(Open());
        using var second = LogStore.Open(Open());
        first.Append(Leaves(0, 200));
        second.Append(Leaves(0, 300));
        first.Append(Leaves(200, 400));
        second.Append(Leaves(300, 300));
        using var later = LogStore.Open(Open());
        Assert.Equal(600, later.Size);
        Assert.Equal(RootOf(600), later.Root);
    }

    [Fact]
    public void A_lost_entry_is_found_at_the_start()
    {
        using (var store = LogStore.Open(Open())) store.Append(Leaves(0, 10));
        _database.Write(context => context.Tail.Where(l => l.Index == 4).ExecuteDelete());
        Assert.Contains("lacks entry 4", Assert.Throws<LogStoreException>(() => LogStore.Open(Open())).Message, StringComparison.Ordinal);
    }

    protected override ILogStorage Open() => new PostgresLog(_database);
}
