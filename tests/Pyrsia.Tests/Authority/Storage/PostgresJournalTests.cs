using Pyrsia.Authority.Storage.Postgres;
using Pyrsia.Consensus;
using Xunit;

namespace Pyrsia.Tests.Authority.Storage;

public sealed class PostgresJournalTests(PostgresFixture postgres) : JournalStorageTests, IAsyncLifetime
{
    private PostgresDatabase _database = null!;

    public async ValueTask InitializeAsync() => _database = await postgres.NewDatabaseAsync();

    public ValueTask DisposeAsync()
    {
        _database.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Of_two_copies_that_sign_in_one_slot_one_is_refused_and_the_first_vote_stays()
    {
        using var first = await OpenAsync();
        using var second = await OpenAsync();
        first.Add(JournalRecordKind.Vote, Slot(7, 1), [1]);
        first.Commit();
        second.Add(JournalRecordKind.Vote, Slot(7, 1), [2]);
        var refused = Assert.Throws<ConsensusDataException>(second.Commit);
        Assert.Contains("another running copy", refused.Message, StringComparison.Ordinal);
        Assert.Equal([1], _database.Read(context => context.Votes.Single(v => v.View == 7).Vote));
    }

    [Fact]
    public async Task A_slot_stays_used_when_the_journal_is_begun_anew_without_its_vote()
    {
        using (var journal = await OpenAsync())
        {
            journal.Add(JournalRecordKind.Vote, Slot(3, 2), [1]);
            journal.Commit();
            journal.Replace([], 9, new View(2));
        }
        using var again = await OpenAsync();
        again.Add(JournalRecordKind.Vote, Slot(3, 2), [2]);
        Assert.Throws<ConsensusDataException>(again.Commit);
    }

    [Fact]
    public async Task Votes_of_closed_views_are_forgotten_and_another_copy_cannot_sign_in_their_slots()
    {
        using var first = await OpenAsync();
        using var second = await OpenAsync();
        for (byte view = 1; view <= 5; view++) first.Add(JournalRecordKind.Vote, Slot(view, 1), [view]);
        first.Commit();
        first.Replace([], 4, new View(4));
        Assert.Equal([5L], _database.Read(context => context.Votes.Select(v => v.View).ToList()));
        second.Add(JournalRecordKind.Vote, Slot(3, 1), [0xff]);
        Assert.Contains("closed", Assert.Throws<ConsensusDataException>(second.Commit).Message, StringComparison.Ordinal);
        Assert.Equal([5L], _database.Read(context => context.Votes.Select(v => v.View).ToList()));
    }

    [Fact]
    public async Task A_vote_waits_for_the_closing_of_views_that_is_under_way_and_is_then_refused()
    {
        using (var journal = await OpenAsync())
        {
            journal.Add(JournalRecordKind.Vote, Slot(3, 1), [1]);
            journal.Commit();
        }
        using var late = await OpenAsync();
        late.Add(JournalRecordKind.Vote, Slot(3, 1), [0xff]);
        await using var closing = await _database.Source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var transaction = await closing.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await ExecuteAsync(closing, "update journals set closed = 3; delete from votes; delete from journal_records");
        var signing = Task.Run(late.Commit, TestContext.Current.CancellationToken);
        while (!signing.IsCompleted && await WaitingAsync() == 0) await Task.Yield();
        await transaction.CommitAsync(TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<ConsensusDataException>(() => signing);
        Assert.Empty(_database.Read(context => context.Votes.ToList()));

        static async Task ExecuteAsync(Npgsql.NpgsqlConnection connection, string sql)
        {
            await using var command = new Npgsql.NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        async Task<long> WaitingAsync()
        {
            await using var command = _database.Source.CreateCommand("select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like '%for share%'");
            return (long)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
        }
    }

    [Fact]
    public async Task A_batch_that_arrived_although_its_answer_was_lost_is_taken_as_written()
    {
        using var first = await OpenAsync();
        using var sameAgain = await OpenAsync();
        foreach (var journal in new[] { first, sameAgain })
        {
            journal.Add(JournalRecordKind.Vote, Slot(1, 1), [1]);
            journal.Add(JournalRecordKind.Entry, null, [2]);
            journal.Commit();
        }
        using var again = await OpenAsync();
        Assert.Equal(["Vote 01", "Entry 02"], Read(again));
    }

    [Fact]
    public async Task A_copy_that_must_not_vote_writes_nothing()
    {
        using (var following = PostgresJournal.Open(_database, Owner, new Epoch(0), "another copy votes"))
        {
            following.Add(JournalRecordKind.Certificate, null, [1]);
            following.Commit();
            following.Replace([(JournalRecordKind.Certificate, null, [1])], 5, new View(5));
        }
        using var voting = await OpenAsync();
        Assert.Empty(Read(voting));
        Assert.Equal(0UL, voting.Header.Floor);
    }

    protected override Task<IJournalStorage> OpenAsync(ulong epoch = 0) => Task.FromResult<IJournalStorage>(PostgresJournal.Open(_database, Owner, new Epoch(epoch), null));
}
