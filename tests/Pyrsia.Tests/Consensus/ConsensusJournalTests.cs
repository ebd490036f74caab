using Pyrsia.Consensus;
using Pyrsia.Contracts;
using Pyrsia.Testing.Consensus;
using Xunit;

namespace Pyrsia.Tests.Consensus;

public sealed class ConsensusJournalTests : IDisposable
{
    private const int Participants = 4;
    private static readonly Hash256 Chain = Hash256.Of([1]);
    private static readonly byte[] Key = [1, 2, 3];
    private readonly string _directory = Directory.CreateTempSubdirectory("pyrsia-journal").FullName;

    private string JournalPath => Path.Combine(_directory, "epoch-0.journal");

    private string BindingPath => Path.Combine(_directory, "vote.key.binding");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void What_was_synced_is_there_after_a_restart_in_order_and_byte_for_byte()
    {
        var samples = new MessageSamples(1, Participants);
        JournalRecord[] records =
        [
            new VoteRecord(samples.Vote()), new BlockRecord(samples.Block()), new CertificateRecord(samples.Certificate(VoteKind.Nullify)),
            new EntryRecord(samples.Entry()), new StoppedRecord("why"), new VoteRecord(samples.Vote()),
        ];
        using (var journal = Open())
        {
            foreach (var record in records)
            {
                journal.Append(record);
                journal.Sync();
            }
        }
        using var again = Open();
        Assert.Null(again.RefusalToVote);
        Assert.Equal(Encoded(records), Encoded(again.Records));
    }

    [Fact]
    public void A_tail_torn_at_any_byte_is_cut_off_and_all_batches_before_it_are_kept()
    {
        var samples = new MessageSamples(2, Participants);
        using (var journal = Open())
        {
            journal.Append(new VoteRecord(samples.Vote()));
            journal.Sync();
        }
        var first = new FileInfo(JournalPath).Length;
        using (var journal = Open())
        {
            journal.Append(new VoteRecord(samples.Vote()));
            journal.Append(new EntryRecord(samples.Entry()));
            journal.Sync();
        }
        var whole = File.ReadAllBytes(JournalPath);
        for (var length = (int)first; length < whole.Length; length++)
        {
            File.WriteAllBytes(JournalPath, whole[..length]);
            using (var journal = Open()) Assert.Single(journal.Records);
            Assert.Equal(first, new FileInfo(JournalPath).Length);
        }
        for (var at = (int)first; at < whole.Length; at++)
        {
            var damaged = whole.ToArray();
            damaged[at] ^= 0x40;
            File.WriteAllBytes(JournalPath, damaged);
            using var journal = Open();
            Assert.Single(journal.Records);
        }
    }

    [Fact]
    public void A_key_that_came_out_of_a_backup_never_votes_again_whatever_journal_it_has()
    {
        using (var journal = Open()) Assert.Null(journal.RefusalToVote);
        ConsensusJournal.Retire(BindingPath, Key, new DateTimeOffset(2026, 11, 26, 1, 2, 3, TimeSpan.Zero));
        foreach (var epoch in new ulong[] { 0, 1 })
        {
            for (var start = 0; start < 2; start++)
            {
                using var journal = ConsensusJournal.Open(_directory, BindingPath, Key, Chain, new Epoch(epoch), Participants);
                Assert.Contains("restored from a backup at 2026-11-26 01:02:03Z", journal.RefusalToVote, StringComparison.Ordinal);
            }
        }
        File.Delete(JournalPath);
        using (var journal = Open()) Assert.NotNull(journal.RefusalToVote);
        Assert.NotNull(ConsensusJournal.RefusalToBegin(BindingPath, Key, new Epoch(7)));
        Assert.Null(ConsensusJournal.RefusalToBegin(BindingPath, [4, 5, 6], new Epoch(0)));
    }

    [Fact]
    public void Damage_before_a_later_batch_is_refused_with_the_place()
    {
        var samples = new MessageSamples(3, Participants);
        long first;
        using (var journal = Open())
        {
            journal.Append(new VoteRecord(samples.Vote()));
            journal.Sync();
            first = journal.Length;
            journal.Append(new VoteRecord(samples.Vote()));
            journal.Sync();
            journal.Append(new VoteRecord(samples.Vote()));
            journal.Sync();
        }
        var whole = File.ReadAllBytes(JournalPath);
        for (var at = FileHeader.Bytes; at < first; at++)
        {
            var damaged = whole.ToArray();
            damaged[at] ^= 1;
            File.WriteAllBytes(JournalPath, damaged);
            var refused = Assert.Throws<ConsensusDataException>(Open);
            Assert.Contains($"damaged at byte {FileHeader.Bytes}", refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_damaged_or_foreign_header_is_refused()
    {
        Open().Dispose();
        var whole = File.ReadAllBytes(JournalPath);
        for (var at = 0; at < FileHeader.Bytes; at++)
        {
            var damaged = whole.ToArray();
            damaged[at] ^= 1;
            File.WriteAllBytes(JournalPath, damaged);
            Assert.Throws<ConsensusDataException>(Open);
        }
        File.WriteAllBytes(JournalPath, whole);
        Assert.Throws<ConsensusDataException>(() => ConsensusJournal.Open(_directory, BindingPath, Key, Hash256.Of([2]), new Epoch(0), Participants));
        Assert.Throws<ConsensusDataException>(() => ConsensusJournal.Open(_directory, BindingPath, [9], Chain, new Epoch(0), Participants));
    }

    [Fact]
    public void A_key_whose_journal_is_lost_refuses_to_vote_now_and_after_every_restart()
    {
        Open().Dispose();
        File.Delete(JournalPath);
        using (var journal = Open()) Assert.Contains("bound to journal", journal.RefusalToVote, StringComparison.Ordinal);
        using (var journal = Open()) Assert.Contains("bound to journal", journal.RefusalToVote, StringComparison.Ordinal);
        using var next = ConsensusJournal.Open(_directory, BindingPath, Key, Chain, new Epoch(1), Participants);
        Assert.Null(next.RefusalToVote);
    }

    [Fact]
    public void A_journal_that_is_open_cannot_be_opened_by_a_second_copy()
    {
        using var journal = Open();
        Assert.ThrowsAny<IOException>(Open);
    }

    [Fact]
    public void After_the_first_failed_sync_nothing_is_ever_written_again()
    {
        var file = new FailingFile();
        using var log = new RecordLog(file, 0, 0);
        log.Add(1, [1]);
        log.Commit();
        file.Fails = true;
        log.Add(1, [2]);
        Assert.Throws<IOException>(() => log.Commit());
        file.Fails = false;
        log.Add(1, [3]);
        var refused = Assert.Throws<IOException>(() => log.Commit());
        Assert.NotNull(refused.InnerException);
        Assert.Equal(2, file.Appends);
    }

    [Fact]
    public void A_journal_begun_anew_keeps_its_identity_and_holds_what_it_was_given()
    {
        var samples = new MessageSamples(4, Participants);
        var kept = new VoteRecord(samples.Vote());
        Guid id;
        using (var journal = Open())
        {
            id = journal.Id;
            for (var i = 0; i < 10; i++) journal.Append(new VoteRecord(samples.Vote()));
            journal.Sync();
            journal.Replace([kept], 7, new View(0));
            journal.Append(new EntryRecord(samples.Entry()));
            journal.Sync();
        }
        using var again = Open();
        Assert.Equal(id, again.Id);
        Assert.Equal(7UL, again.Floor);
        Assert.Equal(2, again.Records.Count);
        Assert.Equal(kept, again.Records[0]);
        Assert.Null(again.RefusalToVote);
    }

    [Fact]
    public void The_checksum_is_CRC_32C() => Assert.Equal(0xE3069283u, Crc32C.Of("123456789"u8));

    private ConsensusJournal Open() => ConsensusJournal.Open(_directory, BindingPath, Key, Chain, new Epoch(0), Participants);

    private static List<string> Encoded(IEnumerable<JournalRecord> records)
    {
        var codec = new JournalRecordCodec(Participants);
        return [.. records.Select(r => r.Kind + Convert.ToHexString(codec.Encode(r)))];
    }

    private sealed class FailingFile : IAppendFile
    {
        public bool Fails { get; set; }

        public int Appends { get; private set; }

        public void Append(ReadOnlySpan<byte> bytes) => Appends++;

        public void Sync()
        {
            if (Fails) throw new IOException("the disk is gone");
        }

        public void Dispose()
        {
        }
    }
}
