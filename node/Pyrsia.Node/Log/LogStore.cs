using System.Globalization;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Merkle;
using Pyrsia.Provenance.Notes;

namespace Pyrsia.Node.Log;

/// <summary>
/// The stored log: full tiles and bundles are written once and never change; the leaves that do not fill a bundle yet stand in
/// a tail. Authorities write what consensus finalized, mirrors what they verified. Reading never waits for a write.
/// </summary>
public sealed class LogStore : IDisposable
{
    private const string CheckpointFile = "checkpoint";
    private const string SignaturesFile = "checkpoint.signatures";

    private readonly ILogStorage _storage;
    private readonly StoredTiles _hashes;
    private readonly StoredBundles _entries;
    private readonly Lock _writing = new();
    private readonly Lock _gate = new();
    private readonly TreeBuilder _tree;
    private readonly Dictionary<(int Level, long Index), ReadOnlyMemory<byte>> _edge = [];
    private readonly List<ReadOnlyMemory<byte>> _tail = [];
    private CompactRange _range;
    private long _bundles;
    private bool _unknown;
    private SignedCheckpoint? _checkpoint;
    private byte[]? _checkpointBytes;

    private LogStore(ILogStorage storage)
    {
        (_storage, _hashes, _entries) = (storage, new StoredTiles(storage), new StoredBundles(storage));
        _bundles = storage.Bundles;
        _tree = new TreeBuilder(_bundles * TilePath.FullWidth, EdgeTile);
        _range = _tree.Range;
    }

    /// <summary>Raised when a newer checkpoint has been stored.</summary>
    public event Action<SignedCheckpoint>? Published;

    /// <summary>Number of leaves that are safely stored.</summary>
    public long Size => Range.Size;

    /// <summary>Root of the tree over the stored leaves.</summary>
    public TreeHash Root => Range.Root();

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
            lock (_gate) return _checkpointBytes is { } bytes ? (ReadOnlyMemory<byte>?)bytes : null;
        }
    }

    /// <summary>The log signatures of the newest checkpoint, as a note of its text; null when they are not here.</summary>
    public ReadOnlyMemory<byte>? LogSignatures =>
        _storage.ReadDocument(SignaturesFile) is { } bytes && SignedNote.TryParse(bytes, out var note, out _) && note.Text == Checkpoint?.Note.Text ? (ReadOnlyMemory<byte>?)note.ToBytes() : null;

    /// <summary>Opens the log in a directory, making it where there is none, and repairs what a crash left.</summary>
    /// <exception cref="LogStoreException">The files are damaged.</exception>
    public static LogStore Open(string directory) => Open(new LogFiles(directory));

    /// <summary>Opens the log in a directory, if there is one, to read it alone, and repairs nothing.</summary>
    /// <exception cref="LogStoreException">The files are damaged.</exception>
    public static LogStore OpenForReading(string directory) => Open(LogFiles.OpenForReading(directory));

    /// <summary>Opens the log in a storage, which it owns from then on, and repairs what a crash left.</summary>
    /// <exception cref="LogStoreException">What is stored is damaged.</exception>
    public static LogStore Open(ILogStorage storage)
    {
        ArgumentNullException.ThrowIfNull(storage);
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

    /// <summary>Adds leaves and returns when they are durable.</summary>
    /// <exception cref="ArgumentException">A leaf is empty or longer than a bundle can name.</exception>
    public void Append(IReadOnlyList<ReadOnlyMemory<byte>> leaves)
    {
        if (leaves.Any(leaf => leaf.Length is 0 or > EntryBundle.MaxEntryBytes)) throw new ArgumentException("A leaf has 1 to 65,535 bytes.", nameof(leaves));
        lock (_writing)
        {
            if (_unknown) throw new LogStoreException($"An earlier write to {_storage.Place} failed; restart to find out what is stored.");
            Grow(leaves, areStored: false);
        }
    }

    /// <summary>Stores a checkpoint that the caller has verified; an older one than the present is ignored.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="bytes">Its published form.</param>
    /// <param name="logSignatures">A note of the same text with the log signatures of all authorities that gave one; null when there is none.</param>
    /// <exception cref="LogStoreException">It covers leaves that are not stored, or has another root than they have.</exception>
    public void Publish(SignedCheckpoint checkpoint, ReadOnlyMemory<byte> bytes, ReadOnlyMemory<byte>? logSignatures)
    {
        lock (_writing)
        {
            var (size, root) = (checkpoint.Checkpoint.Size, checkpoint.Checkpoint.Root);
            if (_checkpoint is not null && size < _checkpoint.Checkpoint.Size) return;
            if (size > Size || RootAt(size) != root) throw new LogStoreException($"The checkpoint of size {size} does not belong to the stored leaves.");
            if (logSignatures is { } note) _storage.WriteDocument(SignaturesFile, note.Span);
            else if (_checkpoint?.Note.Text != checkpoint.Note.Text) _storage.RemoveDocument(SignaturesFile);
            _storage.WriteDocument(CheckpointFile, bytes.Span);
            lock (_gate) (_checkpoint, _checkpointBytes) = (checkpoint, bytes.ToArray());
        }
        Published?.Invoke(checkpoint);
    }

    /// <summary>Gives a tile or bundle of the stored tree, in the width asked for; null when there is none.</summary>
    public ReadOnlyMemory<byte>? ReadTile(TilePath path)
    {
        if (path.Kind == TileKind.Checkpoint) return CheckpointBytes;
        if (path.Width > TilePath.WidthAt(path.Level, path.Index, Size)) return null;
        if (path.Kind == TileKind.Hashes) return HashTile(path);
        return path.IsPartial ? Leaves(path.Index, leaves => EntryBundle.Encode(leaves[..path.Width])) : ReadBundle(path);
    }

    /// <summary>Gives a full bundle of the stored tree as <see cref="ReadTile"/> does, without new memory for it; null for anything else.</summary>
    public LentTile? LendBundle(TilePath path) => path is { Kind: TileKind.Entries, IsPartial: false } && TilePath.WidthAt(0, path.Index, Size) == path.Width ? _entries.Lend(path.Index) : null;

    /// <summary>One leaf, in memory of its own.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such leaf.</exception>
    public ReadOnlyMemory<byte> ReadLeaf(long index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Size);
        return Leaves(index / TilePath.FullWidth, leaves => leaves[(int)(index % TilePath.FullWidth)].ToArray());
    }

    /// <summary>Leaves in order, from an index to the end, each in memory of its own.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> ReadLeaves(long from)
    {
        for (var index = from; index < Size;)
        {
            var first = (int)(index % TilePath.FullWidth);
            foreach (var leaf in Leaves(index / TilePath.FullWidth, leaves => Array.ConvertAll(leaves[first..], leaf => leaf.ToArray())))
            {
                yield return leaf;
                index++;
            }
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

    /// <summary>What leads to the authorities of an epoch, as it was put; null when it is not here.</summary>
    public byte[]? ReadSetLink(long epoch) => _storage.ReadDocument(SetFile(epoch));

    /// <summary>Keeps what leads to the authorities of an epoch; the caller has verified it.</summary>
    public void PutSetLink(long epoch, ReadOnlySpan<byte> link)
    {
        lock (_writing) _storage.WriteDocument(SetFile(epoch), link);
    }

    /// <inheritdoc/>
    public void Dispose() => _storage.Dispose();

    private static string SetFile(long epoch) => string.Create(CultureInfo.InvariantCulture, $"set-{epoch}");

    private void Load()
    {
        var tail = _storage.ReadTail();
        if (tail.Count > TilePath.FullWidth) throw new InvalidDataException("The tail holds more than a bundle.");
        Grow(tail, areStored: true);
        if (_storage.ReadDocument(CheckpointFile) is not { } bytes) return;
        if (!SignedCheckpoint.TryParse(bytes, out var checkpoint, out var error)) throw new InvalidDataException($"The checkpoint is malformed: {error}.");
        if (checkpoint.Checkpoint.Size > _range.Size) throw new InvalidDataException($"The checkpoint covers {checkpoint.Checkpoint.Size} entries, but only {_range.Size} are stored.");
        if (RootAt(checkpoint.Checkpoint.Size) != checkpoint.Checkpoint.Root) throw new InvalidDataException("The stored entries do not lead to the checkpoint's root.");
        (_checkpoint, _checkpointBytes) = (checkpoint, bytes);
    }

    /// <summary>Makes leaves durable, and then counts them. Those that fill a bundle stand in it and need no place in the tail.</summary>
    private void Grow(IReadOnlyList<ReadOnlyMemory<byte>> leaves, bool areStored)
    {
        if (leaves.Count == 0) return;
        ReadOnlyMemory<byte>[] open = [.. _tail, .. leaves];
        var closed = open.Chunk(TilePath.FullWidth).Where(bundle => bundle.Length == TilePath.FullWidth).ToArray();
        var rest = open[(closed.Length * TilePath.FullWidth)..];
        _unknown = true;
        var tiles = _tree.Append([.. leaves.Select(leaf => Rfc6962.HashLeaf(leaf.Span))]);
        if (closed.Length > 0 || !areStored)
        {
            _storage.Append(
                [.. closed.Select((bundle, i) => new Tile(TilePath.Entries(_bundles + i), EntryBundle.Encode(bundle))), .. tiles.Where(tile => !tile.Path.IsPartial)],
                _bundles + closed.Length, closed.Length == 0 ? leaves : rest);
        }
        _unknown = false;
        lock (_gate)
        {
            _bundles += closed.Length;
            _tail.Clear();
            _tail.AddRange(rest);
            foreach (var tile in tiles)
            {
                if (tile.Path.IsPartial) _edge[(tile.Path.Level, tile.Path.Index)] = tile.Bytes;
                else _edge.Remove((tile.Path.Level, tile.Path.Index));
            }
            _range = _tree.Range;
        }
    }

    private TreeHash RootAt(long size) => CompactRange.Read(new TileHashReader(size, path => HashTile(path)), size).Root();

    private ReadOnlyMemory<byte> HashTile(TilePath path)
    {
        lock (_gate)
        {
            if (_edge.TryGetValue((path.Level, path.Index), out var partial) && partial.Length >= path.Width * TreeHash.Size) return partial[..(path.Width * TreeHash.Size)];
        }
        return FullTile(path) is { } stored ? stored[..(path.Width * TreeHash.Size)] : throw new MissingTileException(path);
    }

    private ReadOnlyMemory<byte>? FullTile(TilePath path) => _hashes.Read(path.Full);

    /// <summary>A tile that the tree grows on after a restart: a partial one is kept nowhere and follows from the full tiles below it.</summary>
    private ReadOnlyMemory<byte>? EdgeTile(TilePath path)
    {
        if (!path.IsPartial || path.Level == 0) return FullTile(path);
        var bytes = new byte[path.Width * TreeHash.Size];
        for (var i = 0; i < path.Width; i++)
        {
            var below = TilePath.Hashes(path.Level - 1, (path.Index * TilePath.FullWidth) + i);
            if (FullTile(below) is not { } stored || !Tile.TryDecode(stored.Span, TilePath.FullWidth, out var hashes)) throw new MissingTileException(below);
            Rfc6962.RootOf(hashes).CopyTo(bytes.AsSpan(i * TreeHash.Size));
        }
        _edge[(path.Level, path.Index)] = bytes;
        return bytes;
    }

    private ReadOnlyMemory<byte>? ReadBundle(TilePath path)
    {
        var buffer = new TileBuffer();
        return _storage.TryReadTile(path, buffer) ? (ReadOnlyMemory<byte>?)buffer.Bytes : null;
    }

    /// <summary>Takes a copy of what is wanted of a bundle, which is full or the last.</summary>
    private T Leaves<T>(long index, Func<ReadOnlyMemory<byte>[], T> copy)
    {
        lock (_gate)
        {
            if (index == _bundles) return copy([.. _tail]);
        }
        return _entries.Take(index, copy);
    }
}
