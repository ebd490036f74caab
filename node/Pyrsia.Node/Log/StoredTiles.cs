using Pyrsia.Provenance.Merkle;

namespace Pyrsia.Node.Log;

/// <summary>Reads full tiles of hashes of a storage, and keeps those that were read last: a proof asks for twenty hashes in three tiles, and one proof seldom comes alone. Any thread may ask.</summary>
internal sealed class StoredTiles(ILogStorage storage)
{
    /// <summary>Tiles that are kept, 8 KiB each: those above the lowest level of a log of a million entries, and the lowest of a few proofs.</summary>
    private const int MaxKept = 32;

    private const int TileBytes = TilePath.FullWidth * TreeHash.Size;

    private readonly Dictionary<TilePath, ReadOnlyMemory<byte>> _kept = new(MaxKept);
    private readonly Queue<TilePath> _oldestFirst = new(MaxKept);
    private readonly Lock _gate = new();

    /// <summary>A full tile; null when it is not here, or has not its length.</summary>
    internal ReadOnlyMemory<byte>? Read(TilePath tile)
    {
        lock (_gate)
        {
            if (_kept.TryGetValue(tile, out var kept)) return kept;
        }
        var buffer = new TileBuffer();
        if (!storage.TryReadTile(tile, buffer) || buffer.Length != TileBytes) return null;
        lock (_gate)
        {
            if (_kept.TryAdd(tile, buffer.Bytes))
            {
                _oldestFirst.Enqueue(tile);
                if (_kept.Count > MaxKept) _kept.Remove(_oldestFirst.Dequeue());
            }
        }
        return buffer.Bytes;
    }
}
