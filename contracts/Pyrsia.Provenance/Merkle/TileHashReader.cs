namespace Pyrsia.Provenance.Merkle;

/// <summary>Reads tree nodes out of tlog-tiles hash tiles, for a tree of a known size.</summary>
/// <param name="size">The number of leaves; decides how wide the right-most tiles are.</param>
/// <param name="tiles">
/// Gives a tile's bytes: exactly <c>32 * Width</c>, or more when a wider tile stands in for a partial one; null when it is absent.
/// </param>
public sealed class TileHashReader(long size, Func<TilePath, ReadOnlyMemory<byte>?> tiles) : IHashReader
{
    /// <summary>The number of leaves of the tree.</summary>
    public long Size => size;

    /// <inheritdoc/>
    public TreeHash Read(int level, long index)
    {
        var path = TileOf(level, index, size);
        var bytes = tiles(path);
        if (bytes is null || bytes.Value.Length < path.Width * TreeHash.Size)
            throw new MissingTileException(path);
        var inTile = level % TilePath.Height;
        var first = (int)((index << inTile) % TilePath.FullWidth);
        return Fold(bytes.Value.Span.Slice(first * TreeHash.Size, TreeHash.Size << inTile));
    }

    /// <summary>The tile that holds what a node is computed from.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The node is not in a tree of that size.</exception>
    public static TilePath TileOf(int level, long index, long size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(level);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, size >> level);
        var tileLevel = level / TilePath.Height;
        var tileIndex = (index << (level % TilePath.Height)) / TilePath.FullWidth;
        return TilePath.Hashes(tileLevel, tileIndex, TilePath.WidthAt(tileLevel, tileIndex, size));
    }

    private static TreeHash Fold(ReadOnlySpan<byte> hashes)
    {
        if (hashes.Length == TreeHash.Size)
            return new TreeHash(hashes);
        var half = hashes.Length / 2;
        return Rfc6962.HashNode(Fold(hashes[..half]), Fold(hashes[half..]));
    }
}
