using Pyrsia.Consensus;
using Pyrsia.Testing.Consensus;
using Xunit;

namespace Pyrsia.Tests.Consensus;

public sealed class FinalizedStoreTests : IDisposable
{
    private const int Participants = 4;
    private static readonly Hash256 Chain = Hash256.Of([1]);
    private readonly MessageSamples _samples = new(1, Participants);
    private readonly string _directory = Directory.CreateTempSubdirectory("pyrsia-blocks").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Blocks_are_read_back_by_height_and_by_view_after_a_restart()
    {
        var blocks = Enumerable.Range(1, 20).Select(h => Block((ulong)h)).ToArray();
        using (var store = Open())
        {
            store.Append([.. blocks[..7].Select(b => (b, Participants))]);
            store.Append([.. blocks[7..].Select(b => (b, Participants))]);
            Assert.Equal(blocks[19].Hash, store.Tip!.Hash);
        }
        using var again = Open();
        Assert.Equal(20UL, again.Height);
        Assert.Null(again.Read(0));
        Assert.Null(again.Read(21));
        foreach (var block in blocks)
        {
            var read = again.Read(block.Height)!;
            Assert.Equal(block.Hash, read.Hash);
            Assert.Equal(block.Notarization, read.Notarization);
            Assert.Equal(block.Finalization, read.Finalization);
            Assert.Equal(block.Entries.Select(e => e.Id), read.Entries.Select(e => e.Id));
            Assert.Equal(block.Proof.Select(p => p.Hash), read.Proof.Select(p => p.Hash));
            Assert.Equal(block.Hash, again.Read(block.Header.Epoch, block.Header.View)!.Hash);
        }
    }

    [Fact]
    public void A_block_that_is_stored_already_is_skipped_and_a_different_one_is_refused()
    {
        using var store = Open();
        var first = Block(1);
        store.Append([(first, Participants)]);
        store.Append([(first, Participants)]);
        Assert.Equal(1UL, store.Height);
        Assert.Throws<ConsensusDataException>(() => store.Append([(Block(1), Participants)]));
        Assert.Throws<ConsensusDataException>(() => store.Append([(Block(3), Participants)]));
    }

    [Fact]
    public void A_torn_tail_is_cut_off_and_damage_in_the_middle_is_refused()
    {
        using (var store = Open())
            for (ulong height = 1; height <= 3; height++) store.Append([(Block(height), Participants)]);
        var path = Path.Combine(_directory, "finalized.blocks");
        var whole = File.ReadAllBytes(path);
        File.WriteAllBytes(path, whole[..^5]);
        using (var store = Open()) Assert.Equal(2UL, store.Height);
        whole[FileHeader.Bytes + 60] ^= 1;
        File.WriteAllBytes(path, whole);
        Assert.Throws<ConsensusDataException>(Open);
    }

    private FinalizedStore Open() => FinalizedStore.Open(_directory, Chain);

    private FinalizedBlock Block(ulong height)
    {
        var block = _samples.Block();
        var above = _samples.Block();
        return new FinalizedBlock(height, block.Header, block.Justification, block.Entries, block.Notarization, block.Finalization)
        {
            Proof = height % 5 != 0
                ? []
                : [new FinalizedBlock(height + 1, above.Header, above.Justification, above.Entries, above.Notarization, above.Finalization)],
        };
    }
}
