using System.Text;
using Pyrsia.Contracts;
using Pyrsia.Node.Log;
using Pyrsia.Provenance.Merkle;
using Xunit;

namespace Pyrsia.Tests.Authority.Storage;

/// <summary>What every storage of a log holds to.</summary>
public abstract class LogStorageTests
{
    /// <summary>Opens the same storage again and again.</summary>
    protected abstract ILogStorage Open();

    [Theory]
    [InlineData(1, 1)]
    [InlineData(255, 255)]
    [InlineData(256, 100)]
    [InlineData(257, 300)]
    [InlineData(1000, 300)]
    public void What_is_appended_is_there_after_every_restart_with_the_same_root(int count, int step)
    {
        for (var done = 0; done < count; done += step)
        {
            using var store = LogStore.Open(Open());
            Assert.Equal(done, store.Size);
            store.Append(Leaves(done, Math.Min(step, count - done)));
        }
        using var later = LogStore.Open(Open());
        Assert.Equal(RootOf(count), later.Root);
        Assert.Equal(Leaves(0, count).Select(l => Encoding.UTF8.GetString(l.Span)), later.ReadLeaves(0).Select(l => Encoding.UTF8.GetString(l.Span)));
    }

    [Fact]
    public void Proofs_from_its_tiles_verify_at_every_level()
    {
        using (var writing = LogStore.Open(Open())) writing.Append(Leaves(0, 66_000));
        using var store = LogStore.Open(Open());
        var tree = new TileHashReader(store.Size, store.ReadTile);
        foreach (var index in new long[] { 0, 255, 256, 65_535, 65_536, 65_999 })
            Assert.True(MerkleProof.VerifyInclusion(Rfc6962.HashLeaf(store.ReadLeaf(index).Span), index, store.Size, MerkleProof.Inclusion(tree, index, store.Size).AsSpan(), store.Root));
        Assert.NotNull(store.ReadTile(TilePath.Hashes(1, 0)));
        Assert.NotNull(store.ReadTile(TilePath.Hashes(1, 1, 1)));
        Assert.NotNull(store.ReadTile(TilePath.Entries(0)));
        Assert.Null(store.ReadTile(TilePath.Hashes(1, 1, 2)));
    }

    [Fact]
    public void Documents_are_replaced_and_removed_and_payloads_stay()
    {
        var payload = Encoding.UTF8.GetBytes("a payload");
        using (var storage = Open())
        {
            storage.WriteDocument("checkpoint", [1]);
            storage.WriteDocument("checkpoint", [2]);
            storage.WriteDocument("other", [3]);
            storage.RemoveDocument("other");
            storage.RemoveDocument("never");
            storage.PutPayload(Digest.Of(payload), payload);
            storage.PutPayload(Digest.Of(payload), payload);
        }
        using var again = Open();
        Assert.Equal([2], again.ReadDocument("checkpoint"));
        Assert.Null(again.ReadDocument("other"));
        Assert.Equal(payload, again.ReadPayload(Digest.Of(payload)));
        Assert.Null(again.ReadPayload(Digest.Of([1])));
    }

    protected static ReadOnlyMemory<byte>[] Leaves(int from, int count) => [.. Enumerable.Range(from, count).Select(i => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes($"leaf {i}"))];

    protected static TreeHash RootOf(int count) => Rfc6962.RootOf([.. Leaves(0, count).Select(leaf => Rfc6962.HashLeaf(leaf.Span))]);
}
