using Pyrsia.Contracts;

namespace Pyrsia.Consensus;

/// <summary>
/// All final blocks with their certificates and justifications, for the life of the log, in one append-only file: <c>finalized.blocks</c>.
/// One thread writes; any may read.
/// </summary>
public sealed class FinalizedStore : IDisposable
{
    internal const string Magic = "pyrsia-blocks/1";
    private const byte BlockRecord = 1;
    private readonly Lock _gate = new();
    private readonly FileStream _reader;
    private readonly RecordLog _log;
    private readonly List<(Epoch Epoch, View View, long At, int Length)> _index;
    private readonly WireWriter _writer = new();

    private FinalizedStore(FileStream reader, RecordLog log, List<(Epoch Epoch, View View, long At, int Length)> index)
    {
        (_reader, _log, _index) = (reader, log, index);
        Tip = _index.Count == 0 ? null : Read((ulong)_index.Count);
    }

    /// <summary>Height of the last block; 0 when there is none.</summary>
    public ulong Height
    {
        get
        {
            lock (_gate) return (ulong)_index.Count;
        }
    }

    /// <summary>The last block.</summary>
    public FinalizedBlock? Tip { get; private set; }

    /// <summary>Opens the store in <paramref name="directory"/>, or begins it. A tail that a crash tore is cut off.</summary>
    /// <exception cref="ConsensusDataException">The file is damaged in the middle, of another chain, or of a newer version.</exception>
    public static FinalizedStore Open(string directory, Hash256 chainId)
    {
        Directory.CreateDirectory(directory);
        var path = Path.Combine(directory, "finalized.blocks");
        if (!File.Exists(path)) DurableFile.Write(path, new FileHeader(Magic, chainId, default, default, default, 0).Encode());
        var index = new List<(Epoch Epoch, View View, long At, int Length)>();
        var reader = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        try
        {
            FileHeader.Read(path, reader, Magic, chainId);
            var (good, next) = RecordLog.Scan(path, reader, FileHeader.Bytes, (type, payload, at) =>
            {
                if (type != BlockRecord || FinalizedBlockCodec.Decode(payload.Span) is not { } block || block.Height != (ulong)index.Count + 1)
                    throw new ConsensusDataException($"{path} holds a record at byte {at} that is not block {index.Count + 1}");
                index.Add((block.Header.Epoch, block.Header.View, at, payload.Length));
            });
            if (good < reader.Length)
            {
                reader.SetLength(good);
                reader.Flush(flushToDisk: true);
            }
            return new FinalizedStore(reader, new RecordLog(new AppendFile(path, good, FileShare.ReadWrite), next, good), index);
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    /// <summary>The block at <paramref name="height"/> (from 1); null above the last.</summary>
    public FinalizedBlock? Read(ulong height)
    {
        lock (_gate)
        {
            if (height == 0 || height > (ulong)_index.Count) return null;
            var (_, _, at, length) = _index[(int)height - 1];
            var payload = new byte[length];
            RandomAccess.Read(_reader.SafeFileHandle, payload, at + RecordLog.PayloadOffset);
            return FinalizedBlockCodec.Decode(payload)
                ?? throw new ConsensusDataException($"block {height} in {_reader.Name} is damaged on disk");
        }
    }

    /// <summary>The block of a view; null when that view has none.</summary>
    public FinalizedBlock? Read(Epoch epoch, View view)
    {
        int at;
        lock (_gate)
        {
            at = _index.FindLastIndex(e => e.Epoch == epoch && e.View == view);
        }
        return at < 0 ? null : Read((ulong)at + 1);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _log.Dispose();
        _reader.Dispose();
    }

    /// <summary>Appends the next block and returns when it is durable. One that is here already is compared and skipped.</summary>
    internal void Append(IReadOnlyList<(FinalizedBlock Block, int Participants)> blocks)
    {
        var added = new List<(Epoch Epoch, View View, long At, int Length)>();
        FinalizedBlock? last = null;
        foreach (var (block, participants) in blocks)
        {
            var next = Height + (ulong)added.Count + 1;
            if (block.Height < next)
            {
                if (Read(block.Height)?.Hash != block.Hash)
                    throw new ConsensusDataException($"block {block.Height} is final twice, as {block.Hash} and as another");
                continue;
            }
            if (block.Height > next) throw new ConsensusDataException($"block {block.Height} cannot follow block {next - 1}");
            FinalizedBlockCodec.Encode(_writer.Clear(), block, participants);
            added.Add((block.Header.Epoch, block.Header.View, _log.Add(BlockRecord, _writer.Written), _writer.Written.Length));
            last = block;
        }
        if (last is null) return;
        _log.Commit();
        lock (_gate) _index.AddRange(added);
        Tip = last;
    }
}
