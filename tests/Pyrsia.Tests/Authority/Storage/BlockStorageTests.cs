using Pyrsia.Consensus;
using Xunit;

namespace Pyrsia.Tests.Authority.Storage;

/// <summary>What every storage of final blocks holds to.</summary>
public abstract class BlockStorageTests
{
    private readonly Testing.Consensus.MessageSamples _samples = new(1, 4);

    /// <summary>Opens the same storage again and again.</summary>
    protected abstract IBlockStorage Open();

    [Fact]
    public void Blocks_are_read_back_by_height_and_by_view_after_a_restart()
    {
        var blocks = Enumerable.Range(1, 5).Select(h => Block((ulong)h)).ToArray();
        using (var store = new FinalizedStore(Open()))
        {
            Assert.Null(store.Tip);
            store.Append([(blocks[0], 4), (blocks[1], 4)]);
            store.Append([.. blocks[2..].Select(b => (b, 4))]);
        }
        using var again = new FinalizedStore(Open());
        Assert.Equal(5UL, again.Height);
        Assert.Equal(blocks[4].Hash, again.Tip!.Hash);
        foreach (var block in blocks)
        {
            Assert.Equal(block.Hash, again.Read(block.Height)!.Hash);
            Assert.Equal(block.Hash, again.Read(block.Header.Epoch, block.Header.View)!.Hash);
        }
        Assert.Null(again.Read(6));
        Assert.Null(again.Read(new Epoch(77), new View(1)));
    }

    [Fact]
    public void What_was_added_and_not_committed_is_gone()
    {
        using (var storage = Open())
        {
            storage.Add(1, new Epoch(0), new View(1), Hash256.Of([1]), [1]);
        }
        using var again = Open();
        Assert.Equal(0UL, again.Height);
    }

    protected FinalizedBlock Block(ulong height)
    {
        var block = _samples.Block();
        return new FinalizedBlock(height, block.Header, block.Justification, block.Entries, block.Notarization, block.Finalization);
    }
}
