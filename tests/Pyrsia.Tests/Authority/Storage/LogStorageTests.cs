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
    public void A_full_bundle_is_lent_and_a_part_of_one_or_one_that_is_not_there_is_not()
    {
        using var store = LogStore.Open(Open());
        store.Append(Leaves(0, 700));
        using (var lent = store.LendBundle(TilePath.Entries(1)))
        {
            Assert.Equal(store.ReadTile(TilePath.Entries(1))!.Value.ToArray(), lent!.Bytes.ToArray());
            Assert.True(EntryBundle.TryDecode(lent.Bytes, TilePath.FullWidth, out var leaves));
            Assert.Equal("leaf 256", Encoding.UTF8.GetString(leaves[0].Span));
        }
        foreach (var path in new[] { TilePath.Entries(1, 10), TilePath.Entries(2, 188), TilePath.Entries(2), TilePath.Entries(77), TilePath.Hashes(0, 1), TilePath.Checkpoint }) Assert.Null(store.LendBundle(path));
        Assert.True(EntryBundle.TryDecode(store.ReadTile(TilePath.Entries(1, 10))!.Value, 10, out var part));
        Assert.Equal("leaf 265", Encoding.UTF8.GetString(part[^1].Span));
    }

    [Fact]
    public void What_was_read_stays_what_it_is_when_its_bundles_memory_is_used_again()
    {
        using var store = LogStore.Open(Open());
        store.Append(Leaves(0, 3_000));
        using var lent = store.LendBundle(TilePath.Entries(0))!;
        var before = lent.Bytes.ToArray();
        var leaves = Enumerable.Range(0, 3_000).Select(i => store.ReadLeaf(i)).ToArray();
        var all = store.ReadLeaves(0).ToArray();
        for (var bundle = 10; bundle >= 0; bundle--) store.LendBundle(TilePath.Entries(bundle))!.Dispose();
        Assert.Equal(before, lent.Bytes.ToArray());
        for (var i = 0; i < 3_000; i++)
        {
            Assert.Equal($"leaf {i}", Encoding.UTF8.GetString(leaves[i].Span));
            Assert.Equal($"leaf {i}", Encoding.UTF8.GetString(all[i].Span));
        }
    }

    [Fact]
    public void Many_readers_at_once_each_get_what_they_ask_for()
    {
        using var store = LogStore.Open(Open());
        store.Append(Leaves(0, 3_000));
        var tree = new TileHashReader(store.Size, store.ReadTile);
        Parallel.For(0, 400, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            var index = i * 997L % 3_000;
            Assert.Equal($"leaf {index}", Encoding.UTF8.GetString(store.ReadLeaf(index).Span));
            using var lent = store.LendBundle(TilePath.Entries(i % 11))!;
            Assert.True(EntryBundle.TryDecode(lent.Bytes, TilePath.FullWidth, out var leaves));
            Assert.Equal($"leaf {(i % 11 * TilePath.FullWidth) + 7}", Encoding.UTF8.GetString(leaves[7].Span));
            Assert.True(MerkleProof.VerifyInclusion(Rfc6962.HashLeaf(store.ReadLeaf(index).Span), index, store.Size, MerkleProof.Inclusion(tree, index, store.Size).AsSpan(), store.Root));
        });
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
