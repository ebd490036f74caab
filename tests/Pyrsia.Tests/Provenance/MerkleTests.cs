using Pyrsia.Provenance.Merkle;
using Xunit;

namespace Pyrsia.Tests.Provenance;

public sealed class MerkleTests
{
    // Leaves and roots of the reference implementation of RFC 6962, github.com/google/certificate-transparency, merkle_tree_test.
    private static readonly string[] Leaves =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];

    private static readonly string[] Roots =
    [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    private static TreeHash[] Some(int count) =>
        [.. Enumerable.Range(0, count).Select(i => Rfc6962.HashLeaf(BitConverter.GetBytes(i)))];

    [Fact]
    public void Roots_are_those_of_the_reference_implementation()
    {
        var range = CompactRange.Empty;
        Assert.Equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", range.Root().ToHex());
        for (var i = 0; i < Leaves.Length; i++)
        {
            range = range.Append(Rfc6962.HashLeaf(Convert.FromHexString(Leaves[i])));
            Assert.Equal(Roots[i], range.Root().ToHex());
        }
    }

    [Fact]
    public void Every_inclusion_proof_verifies_and_no_changed_one_does()
    {
        for (var size = 1; size <= 40; size++)
        {
            var leaves = Some(size);
            var root = Rfc6962.RootOf(leaves);
            for (var index = 0; index < size; index++)
            {
                var proof = MerkleProof.Inclusion(new LeafHashReader(leaves), index, size).ToArray();
                Assert.True(MerkleProof.VerifyInclusion(leaves[index], index, size, proof, root));
                Assert.False(MerkleProof.VerifyInclusion(leaves[index], index, size, [.. proof, root], root));
                Assert.False(MerkleProof.VerifyInclusion(leaves[index], index, size, [.. proof, .. proof, .. proof], root) && proof.Length > 0);
                if (proof.Length > 0)
                    Assert.False(MerkleProof.VerifyInclusion(leaves[index], index, size, proof.AsSpan(1), root));
                for (var other = -2; other < size + 2; other++)
                    Assert.Equal(other == index, MerkleProof.VerifyInclusion(leaves[index], other, size, proof, root));
                Assert.False(MerkleProof.VerifyInclusion(leaves[index], index, 0, proof, root));
                Assert.False(MerkleProof.VerifyInclusion(leaves[index], index, -1, proof, root));
                Assert.False(MerkleProof.VerifyInclusion(leaves[index], index, long.MaxValue, proof, root));
            }
        }
    }

    [Fact]
    public void Every_consistency_proof_verifies_and_no_changed_one_does()
    {
        for (var second = 1; second <= 40; second++)
        {
            var leaves = Some(second);
            var newRoot = Rfc6962.RootOf(leaves);
            for (var first = 0; first <= second; first++)
            {
                var oldRoot = Rfc6962.RootOf(leaves.AsSpan(0, first));
                var proof = MerkleProof.Consistency(new LeafHashReader(leaves), first, second).ToArray();
                Assert.True(MerkleProof.VerifyConsistency(first, second, oldRoot, newRoot, proof));
                Assert.False(MerkleProof.VerifyConsistency(first, second, oldRoot, newRoot, [.. proof, newRoot]));
                Assert.False(MerkleProof.VerifyConsistency(second + 1, second, oldRoot, newRoot, proof));
                Assert.False(MerkleProof.VerifyConsistency(-1, second, oldRoot, newRoot, proof));
                if (first == 0 || first == second)
                    continue;
                Assert.False(MerkleProof.VerifyConsistency(first, second, oldRoot, newRoot, proof.AsSpan(0, proof.Length - 1)));
                Assert.False(MerkleProof.VerifyConsistency(first, second, newRoot, newRoot, proof));
                Assert.False(MerkleProof.VerifyConsistency(first, second, oldRoot, oldRoot, proof));
                Assert.False(MerkleProof.VerifyConsistency(first, second, oldRoot, newRoot, []));
            }
        }
    }

    [Fact]
    public void A_proof_that_ignores_the_second_size_is_refused()
    {
        var leaves = Some(13);
        var proof = MerkleProof.Consistency(new LeafHashReader(leaves), 5, 13);
        var (oldRoot, newRoot) = (Rfc6962.RootOf(leaves.AsSpan(0, 5)), Rfc6962.RootOf(leaves));
        foreach (var second in new long[] { 6, 7, 8, 17, 100, 1L << 40, long.MaxValue })
            Assert.False(MerkleProof.VerifyConsistency(5, second, oldRoot, newRoot, proof.AsSpan()));
    }

    [Fact]
    public void A_tree_grown_block_by_block_from_tiles_proves_every_leaf()
    {
        const int size = 70_000;
        var leaves = Some(size);
        var tiles = new Dictionary<TilePath, ReadOnlyMemory<byte>>();
        Func<TilePath, ReadOnlyMemory<byte>?> read = path => tiles.TryGetValue(path, out var bytes) ? bytes : null;
        var random = new Random(1);
        for (var at = 0; at < size;)
        {
            var tree = new TreeBuilder(at, read); // as after a restart
            var count = Math.Min(size - at, random.Next(1, 3000));
            foreach (var tile in tree.Append(leaves.AsSpan(at, count)))
                tiles[tile.Path] = tile.Bytes;
            at += count;
            Assert.Equal(at, tree.Size);
        }

        var root = Rfc6962.RootOf(leaves);
        Assert.Equal(root, new TreeBuilder(size, read).Root);
        var reader = new TileHashReader(size, read);
        for (var i = 0; i < 20; i++)
        {
            var index = random.Next(size);
            var needed = TilePlan.ForInclusion(index, size);
            Assert.All(needed, path => Assert.True(tiles.ContainsKey(path)));
            var few = new TileHashReader(size, path => needed.Contains(path) ? read(path) : null);
            Assert.True(MerkleProof.VerifyInclusion(leaves[index], index, size, MerkleProof.Inclusion(few, index, size).AsSpan(), root));
            var first = random.Next(1, size);
            var old = CompactRange.Empty.Append(leaves.AsSpan(0, first)).Root();
            Assert.True(MerkleProof.VerifyConsistency(first, size, old, root, MerkleProof.Consistency(reader, first, size).AsSpan()));
        }

        Assert.Equal(3, TilePlan.ForRightEdge(size).Count);
    }

    [Fact]
    public void A_missing_tile_is_named()
    {
        var reader = new TileHashReader(300, _ => null);
        var missing = Assert.Throws<MissingTileException>(() => reader.Read(0, 299));
        Assert.Equal("tile/0/001.p/44", missing.Tile.ToString());
    }

    [Theory]
    [InlineData("checkpoint")]
    [InlineData("tile/0/000")]
    [InlineData("tile/3/x001/x234/067")] // the example of c2sp.org/tlog-tiles
    [InlineData("tile/0/x001/x234/067.p/1")]
    [InlineData("tile/entries/x123/456")]
    [InlineData("tile/entries/000.p/255")]
    public void A_tile_path_reads_and_writes_as_the_specification_has_it(string text)
    {
        Assert.True(TilePath.TryParse(text, out var path));
        Assert.Equal(text, path.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("/checkpoint")]
    [InlineData("tile/0")]
    [InlineData("tile/0/1")]
    [InlineData("tile/00/001")]
    [InlineData("tile/8/001")]
    [InlineData("tile/-1/001")]
    [InlineData("tile/0/x000/001")]
    [InlineData("tile/0/001/002")]
    [InlineData("tile/0/x001")]
    [InlineData("tile/0/001.p/0")]
    [InlineData("tile/0/001.p/256")]
    [InlineData("tile/0/001.p/01")]
    [InlineData("tile/0/001.p")]
    [InlineData("tile/0/001.p/1/1")]
    [InlineData("tile/0/+01")]
    [InlineData("tile/0/ 01")]
    [InlineData("tile/entries/../../secret")]
    [InlineData("tile/0/x999/x999/x999/x999/x999/x999/x999/999")]
    public void Another_spelling_of_a_tile_path_is_refused(string text) => Assert.False(TilePath.TryParse(text, out _));

    [Fact]
    public void An_entry_bundle_decodes_to_what_it_encoded_and_to_nothing_else()
    {
        ReadOnlyMemory<byte>[] entries = [new byte[] { 1, 2, 3 }, Array.Empty<byte>(), new byte[EntryBundle.MaxEntryBytes]];
        var bytes = EntryBundle.Encode(entries);
        Assert.True(EntryBundle.TryDecode(bytes, 3, out var decoded));
        Assert.Equal(entries.Select(e => e.ToArray()), decoded.Select(e => e.ToArray()));
        Assert.False(EntryBundle.TryDecode(bytes, 2, out _));
        Assert.False(EntryBundle.TryDecode(bytes, 4, out _));
        Assert.False(EntryBundle.TryDecode(bytes.AsMemory(0, bytes.Length - 1), 3, out _));
        Assert.False(EntryBundle.TryDecode(bytes, 257, out _));
    }
}
