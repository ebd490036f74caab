using System.Buffers.Binary;
using System.Security.Cryptography;
using Pyrsia.Contracts;

namespace Pyrsia.Consensus;

/// <summary>A journal as one append-only file, <c>epoch-N.journal</c>. What a crash tore at its end is cut off when it is opened.</summary>
public sealed class JournalFile : IJournalStorage
{
    internal const string Magic = "pyrsia-journal/1";

    /// <summary>The first record of a journal that was begun anew: the last view (u64be) for which no vote is taken any more. The file's own, so no kind that others know.</summary>
    private const JournalRecordKind ClosedViews = (JournalRecordKind)255;

    private readonly string _path;
    private FileHeader _header;
    private RecordLog _log;
    private List<(JournalRecordKind Kind, ReadOnlyMemory<byte> Payload)> _read;
    private View _closed;
    private View? _refused;

    private JournalFile(string path, FileHeader header, RecordLog log, List<(JournalRecordKind Kind, ReadOnlyMemory<byte> Payload)> read)
    {
        (_path, _header, _log) = (path, header, log);
        _closed = ClosedOf(read);
        _read = [.. read.Where(record => record.Kind != ClosedViews)];
    }

    /// <inheritdoc/>
    public string Place => _path;

    /// <inheritdoc/>
    public JournalHeader Header => new(_header.Id, _header.Owner, _header.Epoch, _header.Floor);

    /// <inheritdoc/>
    public long Length => _log.Length;

    /// <summary>None: a second copy cannot open the file.</summary>
    public string? Refusal => null;

    /// <summary>Opens the file of an epoch, or begins it.</summary>
    /// <param name="directory">Where journals are; created if missing.</param>
    /// <param name="owner">The SHA-256 of the vote key.</param>
    /// <param name="chainId">The chain.</param>
    /// <param name="epoch">The epoch.</param>
    /// <exception cref="ConsensusDataException">The file is damaged in the middle, of another chain, or of a newer version.</exception>
    public static JournalFile Open(string directory, Hash256 owner, Hash256 chainId, Epoch epoch)
    {
        Directory.CreateDirectory(directory);
        var path = PathOf(directory, epoch);
        if (!File.Exists(path)) Begin(path, new FileHeader(Magic, chainId, epoch, new Guid(RandomNumberGenerator.GetBytes(16)), owner, 0), []);
        var (header, log, records) = Load(path, chainId, FileAccess.ReadWrite);
        return new JournalFile(path, header, log, records);
    }

    /// <summary>Opens the file of an epoch and changes nothing, not even a torn tail; null where there is none.</summary>
    /// <exception cref="ConsensusDataException">The file is damaged in the middle, of another chain, or of a newer version.</exception>
    public static JournalFile? OpenForReading(string directory, Hash256 chainId, Epoch epoch)
    {
        var path = PathOf(directory, epoch);
        if (!File.Exists(path)) return null;
        var (header, log, records) = Load(path, chainId, FileAccess.Read);
        return new JournalFile(path, header, log, records);
    }

    /// <inheritdoc/>
    public void ReadAll(Action<JournalRecordKind, ReadOnlyMemory<byte>> record)
    {
        foreach (var (kind, payload) in _read) record(kind, payload);
        _read = [];
    }

    /// <inheritdoc/>
    public void Add(JournalRecordKind kind, VoteSlot? slot, ReadOnlySpan<byte> payload)
    {
        if (slot is { } vote && vote.View <= _closed) _refused ??= vote.View;
        _log.Add((byte)kind, payload);
    }

    /// <inheritdoc/>
    public void Commit()
    {
        if (_refused is { } view) throw new ConsensusDataException($"{_path}: {view} is closed, and no vote is taken for it");
        _log.Commit();
    }

    /// <inheritdoc/>
    public void Replace(IEnumerable<(JournalRecordKind Kind, VoteSlot? Slot, byte[] Payload)> records, ulong floor, View closed)
    {
        if (closed > _closed) _closed = closed;
        var last = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(last, _closed.Number);
        Begin(_path, _header with { Floor = Math.Max(floor, _header.Floor) }, records.Select(r => (r.Kind, r.Payload)).Prepend((ClosedViews, last)));
        _log.Dispose();
        (_header, _log, _) = Load(_path, _header.ChainId, FileAccess.ReadWrite);
    }

    /// <inheritdoc/>
    public void Dispose() => _log.Dispose();

    private static View ClosedOf(List<(JournalRecordKind Kind, ReadOnlyMemory<byte> Payload)> records) =>
        records is [(ClosedViews, { Length: sizeof(ulong) } payload), ..] ? new View(BinaryPrimitives.ReadUInt64BigEndian(payload.Span)) : View.Genesis;

    private static string PathOf(string directory, Epoch epoch) => Path.Combine(directory, $"epoch-{epoch.Number}.journal");

    private static void Begin(string path, FileHeader header, IEnumerable<(JournalRecordKind Kind, byte[] Payload)> records)
    {
        var temporary = path + ".new";
        File.WriteAllBytes(temporary, header.Encode());
        using (var log = new RecordLog(new AppendFile(temporary, FileHeader.Bytes, FileShare.None), 0, FileHeader.Bytes))
        {
            foreach (var (kind, payload) in records) log.Add((byte)kind, payload);
            log.Commit(evenIfEmpty: true);
        }
        DurableFile.Publish(temporary, path);
    }

    private static (FileHeader Header, RecordLog Log, List<(JournalRecordKind Kind, ReadOnlyMemory<byte> Payload)> Records) Load(string path, Hash256 chainId, FileAccess access)
    {
        var records = new List<(JournalRecordKind Kind, ReadOnlyMemory<byte> Payload)>();
        using var file = new FileStream(path, FileMode.Open, access, FileShare.Read);
        var header = FileHeader.Read(path, file, Magic, chainId);
        var (good, next) = RecordLog.Scan(path, file, FileHeader.Bytes, (type, payload, _) => records.Add(((JournalRecordKind)type, payload)));
        if (access == FileAccess.Read) return (header, new RecordLog(new SealedFile(), next, good), records);
        if (good < file.Length)
        {
            file.SetLength(good);
            file.Flush(flushToDisk: true);
        }
        file.Dispose();
        return (header, new RecordLog(new AppendFile(path, good, FileShare.None), next, good), records);
    }
}
