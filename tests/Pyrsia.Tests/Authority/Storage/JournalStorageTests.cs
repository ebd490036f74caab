using Pyrsia.Consensus;
using Xunit;

namespace Pyrsia.Tests.Authority.Storage;

/// <summary>What every storage of a journal holds to.</summary>
public abstract class JournalStorageTests
{
    protected static readonly Hash256 Owner = Hash256.Of([1, 2, 3]);

    /// <summary>Opens the same journal again and again.</summary>
    protected abstract Task<IJournalStorage> OpenAsync(ulong epoch = 0);

    [Fact]
    public async Task What_was_committed_is_there_after_a_restart_in_its_order_and_what_was_not_is_not()
    {
        using (var journal = await OpenAsync())
        {
            journal.Add(JournalRecordKind.Vote, Slot(1, 1), [1]);
            journal.Add(JournalRecordKind.Block, null, [2, 2]);
            journal.Commit();
            journal.Add(JournalRecordKind.Vote, Slot(1, 2), [3]);
            journal.Commit();
            journal.Commit();
            journal.Add(JournalRecordKind.Entry, null, [4]);
        }
        using var again = await OpenAsync();
        Assert.Equal(["Vote 01", "Block 0202", "Vote 03"], Read(again));
        again.Add(JournalRecordKind.Stopped, null, [5]);
        again.Commit();
        again.Dispose();
        using var last = await OpenAsync();
        Assert.Equal(["Vote 01", "Block 0202", "Vote 03", "Stopped 05"], Read(last));
    }

    [Fact]
    public async Task Its_name_owner_and_epoch_stay_and_another_epoch_has_a_journal_of_its_own()
    {
        Guid id;
        using (var journal = await OpenAsync()) id = journal.Header.Id;
        using (var journal = await OpenAsync()) Assert.Equal(new JournalHeader(id, Owner, new Epoch(0), 0), journal.Header);
        using var other = await OpenAsync(1);
        Assert.NotEqual(id, other.Header.Id);
        Assert.Empty(Read(other));
    }

    [Fact]
    public async Task Begun_anew_it_holds_what_it_was_given_and_what_follows()
    {
        Guid id;
        using (var journal = await OpenAsync())
        {
            id = journal.Header.Id;
            for (byte view = 1; view <= 5; view++)
            {
                journal.Add(JournalRecordKind.Vote, Slot(view, 1), [view]);
                journal.Commit();
            }
            journal.Replace([(JournalRecordKind.Vote, Slot(5, 1), [5])], 4, new View(4));
            Assert.Equal(4UL, journal.Header.Floor);
            journal.Replace([(JournalRecordKind.Vote, Slot(5, 1), [5])], 3, new View(3));
            journal.Add(JournalRecordKind.Entry, null, [6]);
            journal.Commit();
        }
        using var again = await OpenAsync();
        Assert.Equal(["Vote 05", "Entry 06"], Read(again));
        Assert.Equal((id, 4UL), (again.Header.Id, again.Header.Floor));
    }

    [Fact]
    public async Task For_a_closed_view_no_vote_is_taken_any_more_and_nothing_of_its_batch()
    {
        using (var journal = await OpenAsync())
        {
            for (byte view = 1; view <= 5; view++) journal.Add(JournalRecordKind.Vote, Slot(view, 1), [view]);
            journal.Commit();
            journal.Replace([(JournalRecordKind.Vote, Slot(5, 1), [5])], 4, new View(4));
            // A later beginning does not open what is closed.
            journal.Replace([(JournalRecordKind.Vote, Slot(5, 1), [5])], 4, new View(2));
        }
        foreach (var slot in new[] { Slot(4, 1), Slot(4, 2), Slot(1, 1), Slot(3, 2) })
        {
            using var again = await OpenAsync();
            again.Add(JournalRecordKind.Entry, null, [9]);
            again.Add(JournalRecordKind.Vote, slot, [0xff]);
            Assert.Contains("closed", Assert.Throws<ConsensusDataException>(again.Commit).Message, StringComparison.Ordinal);
        }
        using var other = await OpenAsync(1);
        other.Add(JournalRecordKind.Vote, Slot(1, 1), [1]);
        other.Commit();
        using var last = await OpenAsync();
        Assert.Equal(["Vote 05"], Read(last));
        last.Add(JournalRecordKind.Vote, Slot(5, 2), [6]);
        last.Commit();
    }

    [Fact]
    public async Task Its_length_grows_with_its_records_and_shrinks_when_it_begins_anew()
    {
        using var journal = await OpenAsync();
        var empty = journal.Length;
        journal.Add(JournalRecordKind.Block, null, new byte[10_000]);
        journal.Commit();
        Assert.InRange(journal.Length - empty, 10_000, 10_200);
        journal.Replace([], 1, new View(1));
        Assert.InRange(journal.Length - empty, 0, 200);
    }

    protected static VoteSlot Slot(ulong view, int number) => new(new View(view), number);

    protected static List<string> Read(IJournalStorage journal)
    {
        var records = new List<string>();
        journal.ReadAll((kind, payload) => records.Add($"{kind} {Convert.ToHexString(payload.Span)}"));
        return records;
    }
}
