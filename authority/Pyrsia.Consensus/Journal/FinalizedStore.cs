namespace Pyrsia.Consensus;

/// <summary>All final blocks with their certificates and justifications, for the life of the log. One thread writes; any may read.</summary>
public sealed class FinalizedStore : IDisposable
{
    private readonly IBlockStorage _storage;
    private readonly WireWriter _writer = new();

    /// <param name="storage">Where the blocks are; owned from then on.</param>
    public FinalizedStore(IBlockStorage storage)
    {
        ArgumentNullException.ThrowIfNull(storage);
        _storage = storage;
        Tip = Read(Height);
    }

    /// <summary>Height of the last block; 0 when there is none.</summary>
    public ulong Height => _storage.Height;

    /// <summary>The last block.</summary>
    public FinalizedBlock? Tip { get; private set; }

    /// <summary>Opens the store as a file in <paramref name="directory"/>, or begins it.</summary>
    /// <exception cref="ConsensusDataException">The file is damaged in the middle, of another chain, or of a newer version.</exception>
    public static FinalizedStore Open(string directory, Hash256 chainId) => new(BlockFile.Open(directory, chainId));

    /// <summary>The block at <paramref name="height"/> (from 1); null above the last.</summary>
    public FinalizedBlock? Read(ulong height)
    {
        if (height == 0 || height > Height) return null;
        return FinalizedBlockCodec.Decode(_storage.Read(height)) ?? throw new ConsensusDataException($"block {height} in {_storage.Place} is damaged");
    }

    /// <summary>The block of a view; null when that view has none.</summary>
    public FinalizedBlock? Read(Epoch epoch, View view) => _storage.Find(epoch, view) is { } height ? Read(height) : null;

    /// <summary>The stored bytes of the block at <paramref name="height"/>, from 1 to <see cref="Height"/>, for another store.</summary>
    public byte[] Export(ulong height) => _storage.Read(height);

    /// <summary>Appends blocks that another store gave, and returns when they are durable. What they say is not looked at; see <see cref="FinalizedChain"/>.</summary>
    /// <exception cref="ConsensusDataException">They are no blocks, or not the next ones.</exception>
    public void Import(IReadOnlyList<byte[]> blocks)
    {
        ArgumentNullException.ThrowIfNull(blocks);
        FinalizedBlock? last = null;
        foreach (var bytes in blocks)
        {
            var next = (last?.Height ?? Height) + 1;
            last = FinalizedBlockCodec.Decode(bytes) is { } block && block.Height == next ? block : throw new ConsensusDataException($"what should be block {next} is not");
            _storage.Add(next, block.Header.Epoch, block.Header.View, block.Hash, bytes);
        }
        if (last is null) return;
        _storage.Commit();
        Tip = last;
    }

    /// <inheritdoc/>
    public void Dispose() => _storage.Dispose();

    /// <summary>Appends the next blocks and returns when they are durable. One that is here already is compared and skipped.</summary>
    internal void Append(IReadOnlyList<(FinalizedBlock Block, int Participants)> blocks)
    {
        var next = Height + 1;
        FinalizedBlock? last = null;
        foreach (var (block, participants) in blocks)
        {
            if (block.Height < next)
            {
                if (Read(block.Height) is { } stored && stored.Hash != block.Hash)
                    throw new ConsensusDataException($"block {block.Height} is final twice, as {block.Hash} and as another");
                continue;
            }
            if (block.Height > next) throw new ConsensusDataException($"block {block.Height} cannot follow block {next - 1}");
            FinalizedBlockCodec.Encode(_writer.Clear(), block, participants);
            _storage.Add(block.Height, block.Header.Epoch, block.Header.View, block.Hash, _writer.Written);
            last = block;
            next++;
        }
        if (last is null) return;
        _storage.Commit();
        Tip = last;
    }
}
