namespace Pyrsia.Provenance.Merkle;

/// <summary>Which tiles a proof will read, so that a mirror can fetch them before it computes.</summary>
public static class TilePlan
{
    /// <summary>The tiles for an inclusion proof.</summary>
    public static IReadOnlyCollection<TilePath> ForInclusion(long index, long size) =>
        Record(size, reader => MerkleProof.Inclusion(reader, index, size));

    /// <summary>The tiles for a consistency proof.</summary>
    public static IReadOnlyCollection<TilePath> ForConsistency(long first, long second) =>
        Record(second, reader => MerkleProof.Consistency(reader, first, second));

    /// <summary>The tiles for the right edge of a tree: what a <see cref="TreeBuilder"/> and a <see cref="CompactRange"/> start from.</summary>
    public static IReadOnlyCollection<TilePath> ForRightEdge(long size)
    {
        var tiles = new HashSet<TilePath>(Record(size, reader => CompactRange.Read(reader, size)));
        tiles.UnionWith(TreeBuilder.RightEdge(size));
        return tiles;
    }

    /// <summary>The hash tiles of level 0 and the entry bundles that hold the leaves <c>[begin, end)</c> of a tree of <paramref name="size"/>.</summary>
    public static IEnumerable<TilePath> EntryBundles(long begin, long end, long size)
    {
        for (var index = begin / TilePath.FullWidth; index * TilePath.FullWidth < end; index++)
            yield return TilePath.Entries(index, TilePath.WidthAt(0, index, size));
    }

    private static HashSet<TilePath> Record(long size, Action<IHashReader> use)
    {
        var recorder = new Recorder(size);
        use(recorder);
        return recorder.Tiles;
    }

    private sealed class Recorder(long size) : IHashReader
    {
        public HashSet<TilePath> Tiles { get; } = [];

        public TreeHash Read(int level, long index)
        {
            Tiles.Add(TileHashReader.TileOf(level, index, size));
            return default;
        }
    }
}
