using System.Globalization;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Merkle;
using Pyrsia.Provenance.Notes;

namespace Pyrsia.Node.Log;

/// <summary>
/// The log as files, laid out as C2SP tlog-tiles serves them: full tiles and bundles are written once and never change;
/// the leaves that do not fill a bundle yet stand in a tail. Authorities write what consensus finalized, mirrors what they verified.
/// </summary>
/// <seealso href="https://c2sp.org/tlog-tiles"/>
public sealed class LogStore : IDisposable
{
    private const string CheckpointFile = "checkpoint";
    private const string SignaturesFile = "checkpoint.signatures";
    private const string TailPrefix = "tail-";

    private readonly string _directory;
    private readonly Lock _gate = new();
    private readonly Dictionary<TilePath, byte[]> _edge = [];
    private CompactRange _range = CompactRange.Empty;
    private LeafTail _tail;
    private long _bundles;
    private SignedCheckpoint? _checkpoint;
    private byte[]? _checkpointBytes;

    private LogStore(string directory, long bundles, LeafTail tail)
    {
        _directory = directory;
        _bundles = bundles;
        _tail = tail;
    }

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
                var path = Path.Combine(_directory, SignaturesFile);
                return File.Exists(path) && SignedNote.TryParse(File.ReadAllBytes(path), out var note, out _) && note.Text == _checkpoint?.Note.Text ? note.ToBytes() : null;
            }
        }
    }

    /// <summary>Opens the log in a directory, making it where there is none, and repairs what a crash left.</summary>
    /// <exception cref="LogStoreException">The files are damaged.</exception>
    public static LogStore Open(string directory)
    {
        DurableFile.CreateDirectory(directory);
        var bundles = Directory.EnumerateFiles(directory, TailPrefix + "*")
            .Select(path => long.TryParse(Path.GetFileName(path)[TailPrefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1)
            .DefaultIfEmpty(0).Max();
        var store = new LogStore(directory, bundles, LeafTail.Open(Path.Combine(directory, $"{TailPrefix}{bundles}")));
        try
        {
            store.Load();
        }
        catch (Exception e) when (e is MissingTileException or InvalidDataException)
        {
            store.Dispose();
            throw new LogStoreException($"The log in {directory} is damaged: {e.Message} Restore it from a backup, or remove the directory to fetch the log anew.", e);
        }
        catch
        {
            store.Dispose();
            throw;
        }
        return store;
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
                var some = leaves.Skip(done).Take(TilePath.FullWidth - _tail.Leaves.Count).ToArray();
                _tail.Append(some);
                _range = _range.Append(Array.ConvertAll(some, leaf => Rfc6962.HashLeaf(leaf.Span)));
                done += some.Length;
                if (_tail.Leaves.Count == TilePath.FullWidth) CloseBundle();
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
            var signatures = Path.Combine(_directory, SignaturesFile);
            if (logSignatures is { } note) DurableFile.Write(signatures, note.Span);
            else if (_checkpoint?.Note.Text != checkpoint.Note.Text) File.Delete(signatures);
            DurableFile.Write(Path.Combine(_directory, CheckpointFile), bytes.Span);
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
        var path = PayloadPath(Digest.Of(payload));
        if (File.Exists(path)) return;
        DurableFile.CreateDirectory(Path.GetDirectoryName(path)!);
        DurableFile.Write(path, payload);
    }

    /// <summary>A payload by its digest; null when it is not here, or is damaged.</summary>
    public byte[]? ReadPayload(Digest digest)
    {
        var path = PayloadPath(digest);
        if (!File.Exists(path)) return null;
        var payload = File.ReadAllBytes(path);
        return Digest.Of(payload) == digest ? payload : null;
    }

    /// <inheritdoc/>
    public void Dispose() => _tail.Dispose();

    private string PayloadPath(Digest digest) => Path.Combine(_directory, "payload", digest.Hex[..2], digest.Hex);

    private string FilePath(TilePath tile) => Path.Combine(_directory, tile.ToString());

    private void Load()
    {
        foreach (var older in Directory.EnumerateFiles(_directory, TailPrefix + "*").Where(path => Path.GetFileName(path) != $"{TailPrefix}{_bundles}")) File.Delete(older);
        if (_tail.Leaves.Count > TilePath.FullWidth) throw new InvalidDataException("The tail holds more than a bundle.");
        var full = _bundles * TilePath.FullWidth;
        _range = CompactRange.Read(new TileHashReader(full, path => HashTile(path)), full)
            .Append([.. _tail.Leaves.Select(leaf => Rfc6962.HashLeaf(leaf.Span))]);
        if (_tail.Leaves.Count == TilePath.FullWidth) CloseBundle();
        LoadCheckpoint();
    }

    private void LoadCheckpoint()
    {
        var path = Path.Combine(_directory, CheckpointFile);
        if (!File.Exists(path)) return;
        var bytes = File.ReadAllBytes(path);
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
        var file = FilePath(path.Full);
        if (File.Exists(file))
        {
            var stored = File.ReadAllBytes(file);
            return stored.Length == TilePath.FullWidth * TreeHash.Size ? stored.AsMemory(0, path.Width * TreeHash.Size) : throw new MissingTileException(path);
        }
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
        if (tile.Index != _bundles || position >= _tail.Leaves.Count) throw new MissingTileException(tile);
        return Rfc6962.HashLeaf(_tail.Leaves[position].Span);
    }

    private IReadOnlyList<ReadOnlyMemory<byte>> Bundle(long index)
    {
        if (index == _bundles) return _tail.Leaves;
        var path = FilePath(TilePath.Entries(index));
        if (!File.Exists(path) || !EntryBundle.TryDecode(File.ReadAllBytes(path), TilePath.FullWidth, out var entries)) throw new LogStoreException($"{path} is missing or damaged. Restore it from a backup, or remove the log directory to fetch the log anew.");
        return entries;
    }

    /// <summary>Writes the full tail as tiles, lowest level first, and begins a new one.</summary>
    private void CloseBundle()
    {
        WriteOnce(TilePath.Entries(_bundles), EntryBundle.Encode(_tail.Leaves));
        var index = _bundles;
        for (var level = 0; level <= TilePath.MaxLevel; level++)
        {
            var tile = TilePath.Hashes(level, index);
            WriteOnce(tile, HashTile(tile).ToArray());
            _edge.Remove(tile);
            if ((index + 1) % TilePath.FullWidth != 0) break;
            index /= TilePath.FullWidth;
        }
        var old = Path.Combine(_directory, $"{TailPrefix}{_bundles}");
        _tail.Dispose();
        _bundles++;
        _tail = LeafTail.Open(Path.Combine(_directory, $"{TailPrefix}{_bundles}"));
        File.Delete(old);
    }

    private void WriteOnce(TilePath tile, byte[] bytes)
    {
        var path = FilePath(tile);
        DurableFile.CreateDirectory(Path.GetDirectoryName(path)!);
        DurableFile.Write(path, bytes);
    }
}
