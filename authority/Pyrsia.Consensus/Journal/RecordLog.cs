using System.Buffers.Binary;
using Pyrsia.Contracts;

namespace Pyrsia.Consensus;

/// <summary>
/// The framing of both files of consensus: a fixed header, then records in batches; a batch is what one sync makes durable.
/// <code>
/// file:   header (given by the owner) | record ...
/// record: length u32be of type and payload | CRC-32C u32be over the rest | batch u64be | last-of-batch 1 | type 1 | payload
/// </code>
/// A crash can leave only the last, unsynced batch damaged: that tail is cut off when the file is opened. A damaged record that a later
/// batch follows was synced once, so the disk lost it; the file is then refused.
/// </summary>
internal sealed class RecordLog : IDisposable
{
    /// <summary>Largest payload: a block body with its certificates.</summary>
    public const int MaxPayload = ConsensusLimits.MaxMessageBytes;

    /// <summary>From the start of a record's frame to its payload.</summary>
    public const int PayloadOffset = FrameBytes + 1;

    private const int FrameBytes = 4 + 4 + 8 + 1;
    private readonly IAppendFile _file;
    private readonly WireWriter _batch = new();
    private readonly List<(int At, int Length)> _records = [];
    private Exception? _poison;
    private ulong _nextBatch;

    public RecordLog(IAppendFile file, ulong nextBatch, long length) => (_file, _nextBatch, Length) = (file, nextBatch, length);

    /// <summary>Length of the durable part in bytes.</summary>
    public long Length { get; private set; }

    /// <summary>Adds a record to the batch; returns the offset that its frame will have in the file.</summary>
    public long Add(byte type, ReadOnlySpan<byte> payload)
    {
        var at = _batch.Written.Length;
        var frame = _batch.Reserve(FrameBytes + 1 + payload.Length);
        BinaryPrimitives.WriteUInt32BigEndian(frame, (uint)payload.Length + 1);
        BinaryPrimitives.WriteUInt64BigEndian(frame[8..], _nextBatch);
        frame[16] = 0;
        frame[17] = type;
        payload.CopyTo(frame[18..]);
        _records.Add((at, frame.Length));
        return Length + at;
    }

    /// <summary>Writes the batch and returns when it is durable. After a failure nothing is ever written again: what the disk holds is unknown.</summary>
    public void Commit(bool evenIfEmpty = false)
    {
        if (_poison is not null) throw new IOException("an earlier write or sync failed; restart to find out what is on disk", _poison);
        if (_records.Count == 0 && !evenIfEmpty) return;
        var bytes = _batch.MutableWritten;
        if (_records.Count > 0) bytes[_records[^1].At + 16] = 1;
        foreach (var (at, length) in _records)
            BinaryPrimitives.WriteUInt32BigEndian(bytes[(at + 4)..], Crc32C.Of(bytes.Slice(at + 8, length - 8)));
        try
        {
            _file.Append(bytes);
            _file.Sync();
        }
        catch (Exception failure)
        {
            _poison = failure;
            throw;
        }
        Length += bytes.Length;
        if (_records.Count > 0) _nextBatch++;
        _records.Clear();
        _batch.Clear();
    }

    public void Dispose() => _file.Dispose();

    /// <summary>Reads all records after <paramref name="headerBytes"/>; tells how much of the file is good and the number of the next batch.</summary>
    /// <exception cref="ConsensusDataException">A record that was durable is damaged.</exception>
    public static (long GoodBytes, ulong NextBatch) Scan(string path, Stream file, int headerBytes, Action<byte, ReadOnlyMemory<byte>, long> record)
    {
        file.Position = headerBytes;
        var batch = 0UL;
        var good = (long)headerBytes;
        var at = good;
        var pending = new List<Frame>();
        while (TryRead(file, at, out var next) && next.Batch == batch)
        {
            pending.Add(next);
            at += FrameBytes + 1 + next.Payload.Length;
            if (!next.IsLast) continue;
            foreach (var frame in pending) record(frame.Type, frame.Payload, frame.At);
            good = at;
            pending.Clear();
            batch++;
        }
        // What follows the last whole batch is a torn batch, which was never synced, or damage in the middle.
        if (FindLaterBatch(file, good, batch) is { } damage)
            throw new ConsensusDataException(
                $"{path} is damaged at byte {good}: a later record at byte {damage} is intact, so this is no torn tail; restore the file or rejoin with a new key");
        return (good, batch);
    }

    private static bool TryRead(Stream file, long at, out Frame frame)
    {
        frame = default;
        Span<byte> head = stackalloc byte[FrameBytes];
        file.Position = at;
        if (file.ReadAtLeast(head, FrameBytes, throwOnEndOfStream: false) < FrameBytes) return false;
        var length = BinaryPrimitives.ReadUInt32BigEndian(head);
        if (length is 0 or > MaxPayload + 1 || length > file.Length - at - FrameBytes) return false;
        var body = new byte[FrameBytes - 8 + (int)length];
        head[8..].CopyTo(body);
        file.ReadExactly(body.AsSpan(FrameBytes - 8));
        if (Crc32C.Of(body) != BinaryPrimitives.ReadUInt32BigEndian(head[4..]) || body[8] > 1) return false;
        frame = new Frame(BinaryPrimitives.ReadUInt64BigEndian(body), body[8] == 1, body[9], body[10..], at);
        return true;
    }

    /// <summary>Searches the rest of the file for an intact record of a batch after the torn one.</summary>
    private static long? FindLaterBatch(Stream file, long from, ulong torn)
    {
        for (var at = from; at + FrameBytes < file.Length; at++)
        {
            if (!LooksLater(file, at, torn)) continue;
            if (TryRead(file, at, out var frame) && frame.Batch > torn) return at;
        }
        return null;
    }

    private static bool LooksLater(Stream file, long at, ulong torn)
    {
        Span<byte> head = stackalloc byte[FrameBytes];
        file.Position = at;
        file.ReadExactly(head);
        var length = BinaryPrimitives.ReadUInt32BigEndian(head);
        var batch = BinaryPrimitives.ReadUInt64BigEndian(head[8..]);
        return length is > 0 and <= MaxPayload + 1 && length <= file.Length - at - FrameBytes && batch > torn && batch - torn <= (ulong)file.Length;
    }

    private readonly record struct Frame(ulong Batch, bool IsLast, byte Type, byte[] Payload, long At);
}
