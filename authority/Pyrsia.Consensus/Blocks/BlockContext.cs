namespace Pyrsia.Consensus;

/// <summary>What a block's entries are applied in.</summary>
/// <param name="Epoch">The epoch.</param>
/// <param name="View">The view of the block.</param>
/// <param name="Height">The height of the block.</param>
/// <param name="TimeMs">The block's time, Unix milliseconds.</param>
/// <param name="LogTimeMs">The block's log time, which deadlines run in.</param>
/// <param name="FirstIndex">Log index of the first entry.</param>
public readonly record struct BlockContext(Epoch Epoch, View View, ulong Height, long TimeMs, long LogTimeMs, ulong FirstIndex);
