using System.Runtime.InteropServices;

namespace Pyrsia.Provenance.Merkle;

/// <summary>
/// Grows a tree and names the tiles that changed. Holds the right-most tile of every level in memory (at most 8 x 8 KiB);
/// not thread-safe. The caller stores the tiles before it publishes the new size.
/// </summary>
public sealed class TreeBuilder
{
    private readonly List<List<TreeHash>> _edge = [];

    /// <summary>An empty tree.</summary>
    public TreeBuilder() => Range = CompactRange.Empty;

    /// <summary>Goes on from a stored tree.</summary>
    /// <exception cref="MissingTileException">A tile of the right edge is absent.</exception>
    public TreeBuilder(long size, Func<TilePath, ReadOnlyMemory<byte>?> tiles)
    {
        ArgumentNullException.ThrowIfNull(tiles);
        Range = CompactRange.Read(new TileHashReader(size, tiles), size);
        foreach (var path in RightEdge(size))
        {
            var bytes = tiles(path);
            if (bytes is null || bytes.Value.Length < path.Width * TreeHash.Size
                || !Tile.TryDecode(bytes.Value.Span[..(path.Width * TreeHash.Size)], path.Width, out var hashes))
                throw new MissingTileException(path);
            while (_edge.Count <= path.Level)
                _edge.Add([]);
            _edge[path.Level].AddRange(hashes);
        }
    }

    /// <summary>The number of leaves.</summary>
    public long Size => Range.Size;

    /// <summary>The right edge.</summary>
    public CompactRange Range { get; private set; }

    /// <summary>The root.</summary>
    public TreeHash Root => Range.Root();

    /// <summary>Appends leaves.</summary>
    /// <returns>Every tile that is new or has grown, as it is after the last leaf, and every tile that became full on the way.</returns>
    public IReadOnlyList<Tile> Append(ReadOnlySpan<TreeHash> leafHashes)
    {
        if (leafHashes.IsEmpty)
            return [];
        var changed = new List<Tile>();
        var touched = new bool[TilePath.MaxLevel + 1];
        var before = Size;
        Range = Range.Append(leafHashes);
        var nodes = before;
        foreach (var leaf in leafHashes)
            Push(0, nodes++, leaf, changed, touched);
        for (var level = 0; level < _edge.Count; level++)
        {
            if (touched[level] && _edge[level].Count > 0)
                changed.Add(Encode(level, (Size >> (TilePath.Height * level)) / TilePath.FullWidth, _edge[level]));
        }

        return changed;
    }

    /// <summary>The partial tiles at the right edge of a tree of that size.</summary>
    internal static IEnumerable<TilePath> RightEdge(long size)
    {
        for (var level = 0; level <= TilePath.MaxLevel && size >> (TilePath.Height * level) > 0; level++)
        {
            var nodes = size >> (TilePath.Height * level);
            var width = (int)(nodes % TilePath.FullWidth);
            if (width > 0)
                yield return TilePath.Hashes(level, nodes / TilePath.FullWidth, width);
        }
    }

    private void Push(int level, long index, TreeHash node, List<Tile> changed, bool[] touched)
    {
        while (_edge.Count <= level)
            _edge.Add([]);
        var tile = _edge[level];
        tile.Add(node);
        touched[level] = true;
        if (tile.Count < TilePath.FullWidth)
            return;
        changed.Add(Encode(level, index / TilePath.FullWidth, tile));
        var parent = Rfc6962.RootOf(CollectionsMarshal.AsSpan(tile));
        tile.Clear();
        if (level < TilePath.MaxLevel)
            Push(level + 1, index / TilePath.FullWidth, parent, changed, touched);
    }

    private static Tile Encode(int level, long index, List<TreeHash> hashes)
    {
        var bytes = new byte[hashes.Count * TreeHash.Size];
        for (var i = 0; i < hashes.Count; i++)
            hashes[i].CopyTo(bytes.AsSpan(i * TreeHash.Size));
        return new Tile(TilePath.Hashes(level, index, hashes.Count), bytes);
    }
}
