namespace Pyrsia.Provenance.Merkle;

/// <summary>A tile that a computation needs is absent or has the wrong length.</summary>
public sealed class MissingTileException : Exception
{
    /// <summary>Names the tile.</summary>
    public MissingTileException(TilePath tile)
        : base($"tile {tile} is missing or has the wrong length") => Tile = tile;

    /// <summary>The tile that was asked for.</summary>
    public TilePath Tile { get; }
}
