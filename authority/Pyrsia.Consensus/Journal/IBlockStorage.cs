namespace Pyrsia.Consensus;

/// <summary>Where final blocks are kept, by height from 1 without gaps. One caller appends; any may read.</summary>
public interface IBlockStorage : IDisposable
{
    /// <summary>Names the place in messages.</summary>
    string Place { get; }

    /// <summary>Height of the last block; 0 when there is none.</summary>
    ulong Height { get; }

    /// <summary>The height of a view's block; null when that view has none.</summary>
    ulong? Find(Epoch epoch, View view);

    /// <summary>The bytes of the block at a height from 1 to <see cref="Height"/>.</summary>
    byte[] Read(ulong height);

    /// <summary>Adds a block to the batch.</summary>
    /// <param name="height">The next height.</param>
    /// <param name="epoch">Its epoch.</param>
    /// <param name="view">Its view.</param>
    /// <param name="hash">Its hash: the same block may come with other certificates.</param>
    /// <param name="block">Its bytes, not kept after the call.</param>
    void Add(ulong height, Epoch epoch, View view, Hash256 hash, ReadOnlySpan<byte> block);

    /// <summary>Writes the batch, all of it or nothing, and returns when it is durable.</summary>
    /// <exception cref="ConsensusDataException">Another copy of this authority has written another block at one of the heights.</exception>
    void Commit();
}
