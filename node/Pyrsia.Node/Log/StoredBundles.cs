using Pyrsia.Provenance.Merkle;

namespace Pyrsia.Node.Log;

/// <summary>Reads full bundles of a storage, and keeps the one that was read last: entries that belong together stand close to each other, and are asked for in their order. Any thread may ask.</summary>
internal sealed class StoredBundles(ILogStorage storage)
{
    /// <summary>Buffers that wait for the next reading: one that looks for an entry and one that sends a bundle, side by side.</summary>
    private const int MaxIdle = 2;

    /// <summary>Bytes of the longest bundle that is kept, and of the longest buffer: several times a usual one.</summary>
    private const int MaxKeptBytes = 2 * 1024 * 1024;

    private readonly Stack<TileBuffer> _idle = new(MaxIdle);
    private readonly Lock _gate = new();
    private (long Index, TileBuffer Buffer, ReadOnlyMemory<byte>[] Leaves)? _kept;

    /// <summary>Takes out of a full bundle what is wanted, which is copied: the leaves' memory is used again.</summary>
    /// <exception cref="LogStoreException">The bundle is missing or damaged.</exception>
    internal T Take<T>(long index, Func<ReadOnlyMemory<byte>[], T> copy)
    {
        lock (_gate)
        {
            if (_kept is { } kept && kept.Index == index) return copy(kept.Leaves);
        }
        var buffer = Rent();
        if (!storage.TryReadTile(TilePath.Entries(index), buffer) || !EntryBundle.TryDecode(buffer.Bytes, TilePath.FullWidth, out var leaves))
            throw new LogStoreException($"{TilePath.Entries(index)} in {storage.Place} is missing or damaged. Restore the log from a backup, or remove it to fetch it anew.");
        var copied = copy(leaves);
        Keep(index, buffer, leaves);
        return copied;
    }

    /// <summary>Lends the bytes of a full bundle; null when it is not here.</summary>
    internal LentTile? Lend(long index)
    {
        var buffer = Rent();
        if (storage.TryReadTile(TilePath.Entries(index), buffer)) return new LentTile(buffer, GiveBack);
        GiveBack(buffer);
        return null;
    }

    private TileBuffer Rent()
    {
        lock (_gate) return _idle.TryPop(out var buffer) ? buffer : new TileBuffer();
    }

    private void GiveBack(TileBuffer buffer)
    {
        if (buffer.Capacity > MaxKeptBytes) return;
        lock (_gate)
        {
            if (_idle.Count < MaxIdle) _idle.Push(buffer);
        }
    }

    private void Keep(long index, TileBuffer buffer, ReadOnlyMemory<byte>[] leaves)
    {
        if (buffer.Capacity > MaxKeptBytes) return;
        TileBuffer? free;
        lock (_gate)
        {
            free = _kept?.Buffer;
            _kept = (index, buffer, leaves);
        }
        if (free is not null) GiveBack(free);
    }
}
