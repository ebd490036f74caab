using Pyrsia.Authority.Storage.Postgres;
using Pyrsia.Consensus;
using Pyrsia.Testing.Postgres;
using Xunit;

namespace Pyrsia.Tests.Authority.Storage;

public sealed class PostgresOutageTests
{
    private const int AtLeast = 30;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Votes_wait_for_a_server_that_was_killed_and_none_is_lost_or_there_twice()
    {
        await using var server = await PostgresServer.StartAsync(Cancel);
        using var database = PostgresFixture.Open(server.ConnectionString("a1"));
        var journal = PostgresJournal.Open(database, Hash256.Of([1]), new Epoch(0), null);
        var counts = new System.Threading.Channels.UnboundedChannelOptions { SingleWriter = true };
        var acknowledged = System.Threading.Channels.Channel.CreateUnbounded<int>(counts);
        using var enough = new CancellationTokenSource();
        var writing = Task.Run(
            () =>
            {
                var view = 0;
                while (!enough.IsCancellationRequested)
                {
                    view++;
                    journal.Add(JournalRecordKind.Vote, new VoteSlot(new View((ulong)view), 1), BitConverter.GetBytes(view));
                    journal.Commit();
                    acknowledged.Writer.TryWrite(view);
                }
                return view;
            },
            Cancel);

        for (var kill = 1; kill <= 2; kill++)
        {
            while (await acknowledged.Reader.ReadAsync(Cancel) < kill * AtLeast)
            {
                // counts on
            }
            await server.KillAsync(Cancel);
            await WaitForTroubleAsync(database);
            await server.StartAgainAsync(Cancel);
        }
        while (await acknowledged.Reader.ReadAsync(Cancel) < 3 * AtLeast)
        {
            // counts on
        }
        await enough.CancelAsync();
        var last = await writing;
        Assert.Null(database.Trouble);

        var stored = new List<int>();
        PostgresJournal.Open(database, Hash256.Of([1]), new Epoch(0), null).ReadAll((_, payload) => stored.Add(BitConverter.ToInt32(payload.Span)));
        Assert.Equal(Enumerable.Range(1, last), stored);
    }

    [Fact]
    public async Task A_write_that_waits_for_a_server_ends_when_the_program_stops()
    {
        await using var server = await PostgresServer.StartAsync(Cancel);
        using var database = PostgresFixture.Open(server.ConnectionString("a1"));
        var log = new PostgresLog(database);
        await server.KillAsync(Cancel);
        var writing = Task.Run(() => log.WriteDocument("checkpoint", [1]), Cancel);
        await WaitForTroubleAsync(database);
        Assert.Throws<StorageUnavailableException>(() => log.ReadDocument("checkpoint"));
        database.Stop();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing);
    }

    private static async Task WaitForTroubleAsync(PostgresDatabase database)
    {
        using var looks = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (database.Trouble is null) await looks.WaitForNextTickAsync(Cancel);
        Assert.Contains("does not answer", database.Trouble, StringComparison.Ordinal);
    }
}
