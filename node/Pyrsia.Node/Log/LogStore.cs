using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Merkle;
using Pyrsia.Provenance.Notes;

namespace Pyrsia.Node.Log;

/// <summary>
/// The stored log: full tiles and bundles are written once and never change; the leaves that do not fill a bundle yet stand in
/// a tail. Authorities write what consensus finalized, mirrors what they verified.
/// </summary>
public sealed class LogStore : IDisposable
{
    private const string CheckpointFile = "checkpoint";
    private const string SignaturesFile = "checkpoint.signatures";

    private readonly ILogStorage _storage;
    private readonly Lock _gate = new();
    private readonly Dictionary<TilePath, byte[]> _edge = [];
    private readonly List<ReadOnlyMemory<byte>> _tail;
    private CompactRange _range = CompactRange.Empty;
    private SignedCheckpoint? _checkpoint;
    private byte[]? _checkpointBytes;

    private LogStore(ILogStorage storage) => (_storage, _tail) = (storage, [.. storage.ReadTail()]);

    /// <summary>Raised when a newer checkpoint has been stored.</summary>
    public event Action<SignedCheckpoint>? Published;

    /// <summary>Number of leaves that are safely stored.</summary>
    public long Size
    {
        get
        {
            lock (_gate) return _range.Size;
        }
    }

    /// <summary>Root of the tree over the stored leaves.</summary>
    public TreeHash Root
    {
        get
        {
            lock (_gate) return _range.Root();
        }
    }

    /// <summary>The right edge of the tree over the stored leaves.</summary>
    public CompactRange Range
    {
        get
        {
            lock (_gate) return _range;
        }
    }

    /// <summary>The newest checkpoint; null before the first.</summary>
    public SignedCheckpoint? Checkpoint
    {
        get
        {
            lock (_gate) return _checkpoint;
        }
    }

    /// <summary>The newest checkpoint's bytes; null before the first.</summary>
    public ReadOnlyMemory<byte>? CheckpointBytes
    {
        get
        {
            lock (_gate) return _checkpointBytes;
        }
    }

    /// <summary>The log signatures of the newest checkpoint, as a note of its text; null when they are not here.</summary>
    public ReadOnlyMemory<byte>? LogSignatures
    {
        get
        {
            lock (_gate)
            {
                return _storage.ReadDocument(SignaturesFile) is { } bytes && SignedNote.TryParse(bytes, out var note, out _) && note.Text == _checkpoint?.Note.Text ? note.ToBytes() : null;
            }
        }
    }

    /// <summary>Opens the log in a directory, making it where there is none, and repairs what a crash left.</summary>
    /// <exception cref="LogStoreException">The files are damaged.</exception>
    public static LogStore Open(string directory) => Open(new LogFiles(directory));

    /// <summary>Opens the log in a storage, which it owns from then on, and repairs what a crash left.</summary>
    /// <exception cref="LogStoreException">What is stored is damaged.</exception>
    public static LogStore Open(ILogStorage storage)
    {
        try
        {
            var store = new LogStore(storage);
            store.Load();
            return store;
        }
        catch (Exception e) when (e is MissingTileException or InvalidDataException)
        {
            storage.Dispose();
            throw new LogStoreException($"The log in {storage.Place} is damaged: {e.Message} Restore it from a backup, or remove it to fetch the log anew.", e);
        }
        catch
        {
            storage.Dispose();
            throw;
        }
    }

    /// <summary>Adds leaves and returns when they are on the disk.</summary>
    /// <exception cref="ArgumentException">A leaf is empty or longer than a bundle can name.</exception>
    public void Append(IReadOnlyList<ReadOnlyMemory<byte>> leaves)
    {
        if (leaves.Any(leaf => leaf.Length is 0 or > EntryBundle.MaxEntryBytes)) throw new ArgumentException("A leaf has 1 to 65,535 bytes.", nameof(leaves));
        lock (_gate)
        {
            for (var done = 0; done < leaves.Count;)
            {
                var some = leaves.Skip(done).Take(TilePath.FullWidth - _tail.Count).ToArray();
                // Leaves that fill a bundle are durable with it and need no place in the tail before.
                if (_tail.Count + some.Length < TilePath.FullWidth) _storage.AppendToTail(some);
                else CloseBundle([.. _tail, .. some]);
                if (_tail.Count + some.Length < TilePath.FullWidth) _tail.AddRange(some);
                else _tail.Clear();
                _range = _range.Append(Array.ConvertAll(some, leaf => Rfc6962.HashLeaf(leaf.Span)));
                done += some.Length;
            }
            if (leaves.Count > 0) _edge.Clear();
        }
    }

    /// <summary>Stores a checkpoint that the caller has verified; an older one than the present is ignored.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="bytes">Its published form.</param>
    /// <param name="logSignatures">A note of the same text with the log signatures of all authorities that gave one; null when there is none.</param>
    /// <exception cref="LogStoreException">It covers leaves that are not stored, or has another root than they have.</exception>
    public void Publish(SignedCheckpoint checkpoint, ReadOnlyMemory<byte> bytes, ReadOnlyMemory<byte>? logSignatures)
    {
        lock (_gate)
        {
            var (size, root) = (checkpoint.Checkpoint.Size, checkpoint.Checkpoint.Root);
            if (_checkpoint is not null && size < _checkpoint.Checkpoint.Size) return;
            if (size > _range.Size || RootAt(size) != root) throw new LogStoreException($"The checkpoint of size {size} does not belong to the stored leaves.");
            if (logSignatures is { } note) _storage.WriteDocument(SignaturesFile, note.Span);
            else if (_checkpoint?.Note.Text != checkpoint.Note.Text) _storage.RemoveDocument(SignaturesFile);
            _storage.WriteDocument(CheckpointFile, bytes.Span);
            (_checkpoint, _checkpointBytes) = (checkpoint, bytes.ToArray());
        }
        Published?.Invoke(checkpoint);
    }

    /// <summary>Gives a tile or bundle of the stored tree, in the width asked for; null when there is none.</summary>
    public ReadOnlyMemory<byte>? ReadTile(TilePath path)
    {
        lock (_gate)
        {
            if (path.Kind == TileKind.Checkpoint) return _checkpointBytes;
            if (path.Width > TilePath.WidthAt(path.Level, path.Index, _range.Size)) return null;
            return path.Kind == TileKind.Entries ? EntryBundle.Encode([.. Bundle(path.Index).Take(path.Width)]) : HashTile(path);
        }
    }

    /// <summary>One leaf.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such leaf.</exception>
    public ReadOnlyMemory<byte> ReadLeaf(long index)
    {
        lock (_gate)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, _range.Size);
            return Bundle(index / TilePath.FullWidth)[(int)(index % TilePath.FullWidth)];
        }
    }

    /// <summary>Leaves in order, from an index to the end.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> ReadLeaves(long from)
    {
        for (var index = from; index < Size;)
        {
            IReadOnlyList<ReadOnlyMemory<byte>> bundle;
            lock (_gate) bundle = [.. Bundle(index / TilePath.FullWidth)];
            for (var i = (int)(index % TilePath.FullWidth); i < bundle.Count; i++, index++) yield return bundle[i];
        }
    }

    /// <summary>Stores a payload that leaves name by digest.</summary>
    public void PutPayload(ReadOnlySpan<byte> payload)
    {
        if (payload.Length > EntryLimits.MaxPayloadBytes) throw new ArgumentException($"A payload has at most {EntryLimits.MaxPayloadBytes} bytes.", nameof(payload));
        _storage.PutPayload(Digest.Of(payload), payload);
    }

    /// <summary>A payload by its digest; null when it is not here, or is damaged.</summary>
    public byte[]? ReadPayload(Digest digest) => _storage.ReadPayload(digest) is { } payload && Digest.Of(payload) == digest ? payload : null;

    /// <inheritdoc/>
    public void Dispose() => _storage.Dispose();

    private void Load()
    {
        if (_tail.Count > TilePath.FullWidth) throw new InvalidDataException("The tail holds more than a bundle.");
        var full = _storage.Bundles * TilePath.FullWidth;
        _range = CompactRange.Read(new TileHashReader(full, path => HashTile(path)), full)
            .Append([.. _tail.Select(leaf => Rfc6962.HashLeaf(leaf.Span))]);
        if (_tail.Count == TilePath.FullWidth)
        {
            CloseBundle(_tail);
            _tail.Clear();
        }
        LoadCheckpoint();
    }

    private void LoadCheckpoint()
    {
        if (_storage.ReadDocument(CheckpointFile) is not { } bytes) return;
        if (!SignedCheckpoint.TryParse(bytes, out var checkpoint, out var error)) throw new InvalidDataException($"The checkpoint is malformed: {error}.");
        if (checkpoint.Checkpoint.Size > _range.Size) throw new InvalidDataException($"The checkpoint covers {checkpoint.Checkpoint.Size} entries, but only {_range.Size} are stored.");
        if (RootAt(checkpoint.Checkpoint.Size) != checkpoint.Checkpoint.Root) throw new InvalidDataException("The stored entries do not lead to the checkpoint's root.");
        (_checkpoint, _checkpointBytes) = (checkpoint, bytes);
    }

    private TreeHash RootAt(long size) => CompactRange.Read(new TileHashReader(size, path => HashTile(path)), size).Root();

    /// <summary>A hash tile: read when it is full, else computed from the tail or from the tiles below.</summary>
    private ReadOnlyMemory<byte> HashTile(TilePath path)
    {
        if (_edge.TryGetValue(path, out var known)) return known;
        if (_storage.ReadTile(path.Full) is { } stored)
            return stored.Length == TilePath.FullWidth * TreeHash.Size ? stored.AsMemory(0, path.Width * TreeHash.Size) : throw new MissingTileException(path);
        var bytes = new byte[path.Width * TreeHash.Size];
        for (var i = 0; i < path.Width; i++) NodeAt(path, i).CopyTo(bytes.AsSpan(i * TreeHash.Size));
        return _edge[path] = bytes;
    }

    private TreeHash NodeAt(TilePath tile, int position)
    {
        if (tile.Level > 0)
        {
            var below = HashTile(TilePath.Hashes(tile.Level - 1, (tile.Index * TilePath.FullWidth) + position));
            return Tile.TryDecode(below.Span, TilePath.FullWidth, out var hashes) ? Rfc6962.RootOf(hashes) : throw new MissingTileException(tile);
        }
        if (tile.Index != _storage.Bundles || position >= _tail.Count) throw new MissingTileException(tile);
        return Rfc6962.HashLeaf(_tail[position].Span);
    }

    private IReadOnlyList<ReadOnlyMemory<byte>> Bundle(long index)
    {
        if (index == _storage.Bundles) return _tail;
        if (_storage.ReadTile(TilePath.Entries(index)) is { } stored && EntryBundle.TryDecode(stored, TilePath.FullWidth, out var entries)) return entries;
        throw new LogStoreException($"{TilePath.Entries(index)} in {_storage.Place} is missing or damaged. Restore the log from a backup, or remove it to fetch it anew.");
    }

    /// <summary>Writes a full bundle as tiles, lowest level first, after which the tail is empty.</summary>
    private void CloseBundle(List<ReadOnlyMemory<byte>> leaves)
    {
        var index = _storage.Bundles;
        var tiles = new List<KeyValuePair<TilePath, ReadOnlyMemory<byte>>> { new(TilePath.Entries(index), EntryBundle.Encode(leaves)) };
        var hashes = new byte[TilePath.FullWidth * TreeHash.Size];
        for (var i = 0; i < leaves.Count; i++) Rfc6962.HashLeaf(leaves[i].Span).CopyTo(hashes.AsSpan(i * TreeHash.Size));
        for (var level = 0; ; level++)
        {
            tiles.Add(new(TilePath.Hashes(level, index), hashes));
            if (level == TilePath.MaxLevel || (index + 1) % TilePath.FullWidth != 0) break;
            hashes = ParentOf(level, index, hashes);
            index /= TilePath.FullWidth;
        }
        _storage.CloseBundle(tiles);
    }

    /// <summary>The full tile above a run of full tiles, the last of which is not stored yet.</summary>
    private byte[] ParentOf(int level, long last, byte[] newest)
    {
        var bytes = new byte[TilePath.FullWidth * TreeHash.Size];
        for (var i = 0; i < TilePath.FullWidth; i++)
        {
            var tile = TilePath.Hashes(level, last - TilePath.FullWidth + 1 + i);
            var below = i == TilePath.FullWidth - 1 ? newest : HashTile(tile);
            if (!Tile.TryDecode(below.Span, TilePath.FullWidth, out var hashes)) throw new MissingTileException(tile);
            Rfc6962.RootOf(hashes).CopyTo(bytes.AsSpan(i * TreeHash.Size));
        }
        return bytes;
    }
}
