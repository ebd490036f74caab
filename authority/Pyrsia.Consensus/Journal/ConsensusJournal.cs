using System.Security.Cryptography;
using Pyrsia.Contracts;

namespace Pyrsia.Consensus;

/// <summary>
/// What this participant signed and must not forget, in one file an epoch: <c>epoch-N.journal</c>. Votes and what they depend on are
/// appended and synced before they are sent; when the file has grown, what is final is left behind in a fresh one.
/// </summary>
public sealed class ConsensusJournal : IDisposable
{
    internal const string Magic = "pyrsia-journal/1";
    private readonly string _path;
    private readonly JournalRecordCodec _codec;
    private FileHeader _header;
    private RecordLog _log;

    private ConsensusJournal(string path, FileHeader header, RecordLog log, JournalRecordCodec codec, IReadOnlyList<JournalRecord> records, string? refusal)
    {
        (_path, _header, _log, _codec) = (path, header, log, codec);
        (Records, RefusalToVote) = (records, refusal);
    }

    /// <summary>Why the key must not vote, in words; null when it may. It follows all the same.</summary>
    public string? RefusalToVote { get; }

    /// <summary>Names the journal; the vote key is bound to it.</summary>
    public Guid Id => _header.Id;

    /// <summary>The height that was final when the file was begun.</summary>
    public ulong Floor => _header.Floor;

    /// <summary>Bytes in the file.</summary>
    public long Length => _log.Length;

    internal IReadOnlyList<JournalRecord> Records { get; }

    /// <summary>
    /// Opens the journal of an epoch, or begins it where the key never had one. A tail that a crash tore is cut off; a key that is bound to a
    /// journal that is not here gets a journal that it must not vote with.
    /// </summary>
    /// <param name="directory">Where journals are; created if missing.</param>
    /// <param name="bindingPath">The file beside the vote key.</param>
    /// <param name="publicKey">The vote key's public part.</param>
    /// <param name="chainId">The chain.</param>
    /// <param name="epoch">The epoch.</param>
    /// <param name="participants">Size of the set.</param>
    /// <exception cref="ConsensusDataException">A file is damaged in the middle, of another chain or key, or of a newer version.</exception>
    public static ConsensusJournal Open(
        string directory, string bindingPath, ReadOnlySpan<byte> publicKey, Hash256 chainId, Epoch epoch, int participants)
    {
        Directory.CreateDirectory(directory);
        var path = Path.Combine(directory, $"epoch-{epoch.Number}.journal");
        var owner = Hash256.Of(publicKey);
        var binding = VoteKeyBinding.Read(bindingPath, owner);
        var exists = File.Exists(path);
        if (!exists) Begin(path, new FileHeader(Magic, chainId, epoch, new Guid(RandomNumberGenerator.GetBytes(16)), owner, 0), []);
        var codec = new JournalRecordCodec(participants);
        var (header, log, records) = Load(path, chainId, codec);
        if (header.Owner != owner || header.Epoch != epoch)
        {
            log.Dispose();
            throw new ConsensusDataException($"{path} was written by another vote key or for another epoch");
        }
        string? refusal = null;
        if (binding.JournalOf(epoch) is not { } bound) binding.Bind(epoch, header.Id);
        else if (bound != header.Id)
        {
            refusal = $"the vote key is bound to journal {bound:N} of {epoch}, which is not in {directory}; "
                + "without it the key might sign twice, so it only follows until a set change brings a new key";
        }
        return new ConsensusJournal(path, header, log, codec, records, refusal);
    }

    /// <inheritdoc/>
    public void Dispose() => _log.Dispose();

    internal void Append(JournalRecord record) => _log.Add((byte)record.Kind, _codec.Encode(record));

    internal void Sync() => _log.Commit();

    /// <summary>Begins the file anew with what is still needed; the old one is there until the new one is durable.</summary>
    internal void Replace(IEnumerable<JournalRecord> records, ulong floor)
    {
        var header = _header with { Floor = Math.Max(floor, _header.Floor) };
        Begin(_path, header, records.Select(r => ((byte)r.Kind, _codec.Encode(r).ToArray())));
        _log.Dispose();
        var (read, log, _) = Load(_path, header.ChainId, _codec);
        (_header, _log) = (read, log);
    }

    private static void Begin(string path, FileHeader header, IEnumerable<(byte Kind, byte[] Payload)> records)
    {
        var temporary = path + ".new";
        File.WriteAllBytes(temporary, header.Encode());
        using (var log = new RecordLog(new AppendFile(temporary, FileHeader.Bytes, FileShare.None), 0, FileHeader.Bytes))
        {
            foreach (var (kind, payload) in records) log.Add(kind, payload);
            log.Commit(evenIfEmpty: true);
        }
        DurableFile.Publish(temporary, path);
    }

    private static (FileHeader Header, RecordLog Log, List<JournalRecord> Records) Load(string path, Hash256 chainId, JournalRecordCodec codec)
    {
        var records = new List<JournalRecord>();
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
        var header = FileHeader.Read(path, file, Magic, chainId);
        var (good, next) = RecordLog.Scan(path, file, FileHeader.Bytes, (type, payload, at) => records.Add(
            codec.Decode((JournalRecordKind)type, payload.Span)
            ?? throw new ConsensusDataException($"{path} holds a record at byte {at} that this version does not know")));
        if (good < file.Length)
        {
            file.SetLength(good);
            file.Flush(flushToDisk: true);
        }
        file.Dispose();
        return (header, new RecordLog(new AppendFile(path, good, FileShare.None), next, good), records);
    }
}
