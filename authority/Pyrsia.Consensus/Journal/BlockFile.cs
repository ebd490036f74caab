using Pyrsia.Contracts;

namespace Pyrsia.Consensus;

/// <summary>Final blocks in one append-only file, <c>finalized.blocks</c>, with an index in memory.</summary>
public sealed class BlockFile : IBlockStorage
{
    internal const string Magic = "pyrsia-blocks/1";
    private const string FileName = "finalized.blocks";
    private const byte BlockRecord = 1;
    private readonly Lock _gate = new();
    private readonly FileStream _reader;
    private readonly RecordLog _log;
    private readonly List<Stored> _index;
    private readonly List<Stored> _added = [];

    private BlockFile(FileStream reader, RecordLog log, List<Stored> index) => (_reader, _log, _index) = (reader, log, index);

    /// <inheritdoc/>
    public string Place => _reader.Name;

    /// <inheritdoc/>
    public ulong Height
    {
        get
        {
            lock (_gate) return (ulong)_index.Count;
        }
    }

    /// <summary>Opens the file in <paramref name="directory"/>, or begins it. A tail that a crash tore is cut off.</summary>
    /// <exception cref="ConsensusDataException">The file is damaged in the middle, of another chain, or of a newer version.</exception>
    public static BlockFile Open(string directory, Hash256 chainId)
    {
        Directory.CreateDirectory(directory);
        var path = Path.Combine(directory, FileName);
        if (!File.Exists(path)) DurableFile.Write(path, new FileHeader(Magic, chainId, default, default, default, 0).Encode());
        return Load(path, chainId, FileAccess.ReadWrite);
    }

    /// <summary>Opens the file in <paramref name="directory"/> and changes nothing, not even a torn tail; null where there is none.</summary>
    /// <exception cref="ConsensusDataException">The file is damaged in the middle, of another chain, or of a newer version.</exception>
    public static BlockFile? OpenForReading(string directory, Hash256 chainId)
    {
        var path = Path.Combine(directory, FileName);
        return File.Exists(path) ? Load(path, chainId, FileAccess.Read) : null;
    }

    /// <inheritdoc/>
    public ulong? Find(Epoch epoch, View view)
    {
        lock (_gate) return _index.FindLastIndex(e => e.Epoch == epoch && e.View == view) is >= 0 and var at ? (ulong)at + 1 : null;
    }

    /// <inheritdoc/>
    public byte[] Read(ulong height)
    {
        lock (_gate)
        {
            var place = _index[(int)height - 1];
            var payload = new byte[place.Length];
            RandomAccess.Read(_reader.SafeFileHandle, payload, place.At + RecordLog.PayloadOffset);
            return payload;
        }
    }

    /// <inheritdoc/>
    public void Add(ulong height, Epoch epoch, View view, Hash256 hash, ReadOnlySpan<byte> block) => _added.Add(new Stored(epoch, view, _log.Add(BlockRecord, block), block.Length));

    /// <inheritdoc/>
    public void Commit()
    {
        _log.Commit();
        lock (_gate) _index.AddRange(_added);
        _added.Clear();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _log.Dispose();
        _reader.Dispose();
    }

    private static BlockFile Load(string path, Hash256 chainId, FileAccess access)
    {
        var index = new List<Stored>();
        var reader = new FileStream(path, FileMode.Open, access, FileShare.ReadWrite, bufferSize: 0);
        try
        {
            FileHeader.Read(path, reader, Magic, chainId);
            var (good, next) = RecordLog.Scan(path, reader, FileHeader.Bytes, (type, payload, at) =>
            {
                if (type != BlockRecord || FinalizedBlockCodec.Decode(payload.Span) is not { } block || block.Height != (ulong)index.Count + 1)
                    throw new ConsensusDataException($"{path} holds a record at byte {at} that is not block {index.Count + 1}");
                index.Add(new Stored(block.Header.Epoch, block.Header.View, at, payload.Length));
            });
            if (access == FileAccess.Read) return new BlockFile(reader, new RecordLog(new SealedFile(), next, good), index);
            if (good < reader.Length)
            {
                reader.SetLength(good);
                reader.Flush(flushToDisk: true);
            }
            return new BlockFile(reader, new RecordLog(new AppendFile(path, good, FileShare.ReadWrite), next, good), index);
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    private readonly record struct Stored(Epoch Epoch, View View, long At, int Length);
}
