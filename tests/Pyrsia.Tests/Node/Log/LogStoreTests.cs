using System.Text;
using Pyrsia.Node.Log;
using Pyrsia.Provenance.Merkle;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.Tests.Node.Log;

public sealed class LogStoreTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private static ReadOnlyMemory<byte>[] Leaves(int from, int count) => [.. Enumerable.Range(from, count).Select(i => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes($"leaf {i}"))];

    private static TreeHash RootOf(int count) => Rfc6962.RootOf([.. Leaves(0, count).Select(leaf => Rfc6962.HashLeaf(leaf.Span))]);

    [Theory]
    [InlineData(1)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(1000)]
    public void What_is_appended_is_there_after_a_restart_with_the_same_root(int count)
    {
        using (var store = LogStore.Open(_directory.Path))
        {
            store.Append(Leaves(0, count / 2));
            store.Append(Leaves(count / 2, count - (count / 2)));
            Assert.Equal(RootOf(count), store.Root);
        }

        using var later = LogStore.Open(_directory.Path);
        Assert.Equal(count, later.Size);
        Assert.Equal(RootOf(count), later.Root);
        Assert.Equal(Leaves(0, count).Select(l => Encoding.UTF8.GetString(l.Span)), later.ReadLeaves(0).Select(l => Encoding.UTF8.GetString(l.Span)));
        Assert.Equal("leaf 0", Encoding.UTF8.GetString(later.ReadLeaf(0).Span));
    }

    [Fact]
    public void What_no_checkpoint_has_brought_yet_is_not_there()
    {
        using var store = LogStore.Open(_directory.Path);
        store.Append(Leaves(0, 300));
        Assert.Null(store.CheckpointBytes);
        Assert.Null(store.LogSignatures);
        Assert.False(LogProtocol.TryRead(store, TilePath.Checkpoint.ToString(), out _));
        Assert.False(LogProtocol.TryRead(store, TilePath.Entries(1).ToString(), out _));
    }

    [Fact]
    public void Proofs_from_its_tiles_verify_against_its_root()
    {
        using var store = LogStore.Open(_directory.Path);
        store.Append(Leaves(0, 70_000));
        var tree = new TileHashReader(store.Size, store.ReadTile);
        foreach (var index in new long[] { 0, 255, 256, 65_535, 65_536, 69_999 })
        {
            var proof = MerkleProof.Inclusion(tree, index, store.Size);
            Assert.True(MerkleProof.VerifyInclusion(Rfc6962.HashLeaf(store.ReadLeaf(index).Span), index, store.Size, proof.AsSpan(), store.Root));
        }
        Assert.NotNull(store.ReadTile(TilePath.Hashes(1, 0)));
        Assert.NotNull(store.ReadTile(TilePath.Hashes(2, 0, 1)));
        Assert.Null(store.ReadTile(TilePath.Hashes(0, 273, 113)));
        Assert.Null(store.ReadTile(TilePath.Hashes(2, 0, 2)));
    }

    [Fact]
    public void An_append_that_a_crash_cut_off_is_dropped()
    {
        using (var store = LogStore.Open(_directory.Path)) store.Append(Leaves(0, 10));
        using (var file = new FileStream(_directory["tail-0"], FileMode.Open)) file.SetLength(file.Length - 3);

        using var later = LogStore.Open(_directory.Path);
        Assert.Equal(9, later.Size);
        later.Append(Leaves(9, 1));
        Assert.Equal(RootOf(10), later.Root);
    }

    [Fact]
    public void Damage_before_whole_entries_is_refused_and_says_so()
    {
        using (var store = LogStore.Open(_directory.Path)) store.Append(Leaves(0, 10));
        using (var file = new FileStream(_directory["tail-0"], FileMode.Open))
        {
            file.Position = 30;
            file.WriteByte(0xff);
        }

        var damage = Assert.Throws<LogStoreException>(() => LogStore.Open(_directory.Path));
        Assert.Contains("damaged at byte", damage.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_tile_is_refused_and_says_so()
    {
        using (var store = LogStore.Open(_directory.Path)) store.Append(Leaves(0, 600));
        File.Delete(_directory["tile/0/001"]);
        Assert.Contains("damaged", Assert.Throws<LogStoreException>(() => LogStore.Open(_directory.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bundle_that_is_longer_than_any_can_be_is_refused_before_memory_is_taken()
    {
        using var store = LogStore.Open(_directory.Path);
        store.Append(Leaves(0, 300));
        using (var file = new FileStream(_directory[TilePath.Entries(0).ToString()], FileMode.Open)) file.SetLength(EntryBundle.MaxBytes + 1);
        Assert.Contains("is damaged", Assert.Throws<LogStoreException>(() => store.ReadLeaf(0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_crash_between_a_full_tail_and_its_tiles_is_repaired()
    {
        using (var store = LogStore.Open(_directory.Path)) store.Append(Leaves(0, 255));
        using (var tail = LeafTail.Open(_directory["tail-0"])) tail.Append(Leaves(255, 1));

        using var later = LogStore.Open(_directory.Path);
        Assert.Equal(RootOf(256), later.Root);
        Assert.True(File.Exists(_directory["tile/entries/000"]));
        Assert.False(File.Exists(_directory["tail-0"]));
    }
}
