namespace Pyrsia.Provenance.Merkle;

/// <summary>A hash tile as it is stored and served: <c>32 * Width</c> bytes.</summary>
public sealed record Tile(TilePath Path, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>Splits a tile's bytes into hashes.</summary>
    /// <returns>False when the length is not <c>32 * width</c>.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, int width, out TreeHash[] hashes)
    {
        hashes = [];
        if (width is < 1 or > TilePath.FullWidth || bytes.Length != width * TreeHash.Size)
            return false;
        hashes = new TreeHash[width];
        for (var i = 0; i < width; i++)
            hashes[i] = new TreeHash(bytes.Slice(i * TreeHash.Size, TreeHash.Size));
        return true;
    }
}
