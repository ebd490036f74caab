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
            journal.Replace([], 9);
        }
        using var again = await OpenAsync();
        again.Add(JournalRecordKind.Vote, Slot(3, 2), [2]);
        Assert.Throws<ConsensusDataException>(again.Commit);
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
            following.Replace([(JournalRecordKind.Certificate, null, [1])], 5);
        }
        using var voting = await OpenAsync();
        Assert.Empty(Read(voting));
        Assert.Equal(0UL, voting.Header.Floor);
    }

    protected override Task<IJournalStorage> OpenAsync(ulong epoch = 0) => Task.FromResult<IJournalStorage>(PostgresJournal.Open(_database, Owner, new Epoch(epoch), null));
}
