using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Merkle;

namespace Pyrsia.Node.Log;

/// <summary>
/// The newest leaves, fewer than a full bundle, in one append-only file. What a crash cut off at the end is dropped;
/// damage before the end is refused, because everything after it would be lost silently.
/// </summary>
/// <remarks>
/// <code>
/// 0             4                    8
/// | length (BE) | CRC-32C of the leaf | leaf ...
/// </code>
/// </remarks>
internal sealed class LeafTail : IDisposable
{
    private const int HeaderLength = 8;

    private readonly SafeFileHandle? _file;
    private readonly List<ReadOnlyMemory<byte>> _leaves = [];
    private long _length;

    private LeafTail(SafeFileHandle? file) => _file = file;

    internal IReadOnlyList<ReadOnlyMemory<byte>> Leaves => _leaves;

    /// <exception cref="LogStoreException">The file is damaged before its end.</exception>
    internal static LeafTail Open(string path)
    {
        var isNew = !File.Exists(path);
        var tail = new LeafTail(File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read));
        if (isNew) DurableFile.SyncDirectory(Path.GetDirectoryName(path)!);
        try
        {
            var bytes = new byte[RandomAccess.GetLength(tail._file!)];
            RandomAccess.Read(tail._file!, bytes, 0);
            tail._length = tail.Recover(path, bytes);
            if (tail._length < bytes.Length)
            {
                RandomAccess.SetLength(tail._file!, tail._length);
                RandomAccess.FlushToDisk(tail._file!);
            }
        }
        catch
        {
            tail.Dispose();
            throw;
        }
        return tail;
    }

    /// <summary>Reads the file, if there is one, and changes nothing: what a crash cut off stays where it is.</summary>
    /// <exception cref="LogStoreException">The file is damaged before its end.</exception>
    internal static LeafTail OpenForReading(string path)
    {
        var tail = new LeafTail(null);
        if (File.Exists(path)) tail.Recover(path, File.ReadAllBytes(path));
        return tail;
    }

    /// <summary>Adds leaves and waits until they are on the disk.</summary>
    internal void Append(IReadOnlyList<ReadOnlyMemory<byte>> leaves)
    {
        if (_file is null) throw new InvalidOperationException("It was opened for reading.");
        var bytes = new byte[leaves.Sum(leaf => HeaderLength + leaf.Length)];
        var at = 0;
        foreach (var leaf in leaves)
        {
            BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(at), leaf.Length);
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(at + 4), Crc32C.Of(leaf.Span));
            leaf.Span.CopyTo(bytes.AsSpan(at + HeaderLength));
            at += HeaderLength + leaf.Length;
        }
        RandomAccess.Write(_file, bytes, _length);
        RandomAccess.FlushToDisk(_file);
        _length += bytes.Length;
        _leaves.AddRange(leaves);
    }

    public void Dispose() => _file?.Dispose();

    /// <summary>Takes in the leaves that are whole; returns where the last one ends.</summary>
    private int Recover(string path, byte[] bytes)
    {
        var at = 0;
        while (TryRead(bytes, at, out var leaf))
        {
            _leaves.Add(leaf);
            at += HeaderLength + leaf.Length;
        }
        // A write that a crash cut off is the last one: nothing that can be read follows it.
        for (var later = at + 1; later < bytes.Length; later++)
            if (TryRead(bytes, later, out _)) throw new LogStoreException($"{path} is damaged at byte {at}, before entries that are whole. Restore it from a backup, or remove the log directory to fetch the log anew.");
        return at;
    }

    private static bool TryRead(byte[] bytes, int at, out ReadOnlyMemory<byte> leaf)
    {
        leaf = default;
        if (bytes.Length - at < HeaderLength) return false;
        var length = BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(at));
        if (length is < 1 or > EntryBundle.MaxEntryBytes || bytes.Length - at - HeaderLength < length) return false;
        leaf = bytes.AsMemory(at + HeaderLength, length);
        return Crc32C.Of(leaf.Span) == BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(at + 4));
    }
}
