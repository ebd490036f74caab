namespace Pyrsia.Consensus;

/// <summary>What an epoch starts from: the genesis document, or the stop block of the epoch before.</summary>
/// <param name="Hash">Parent hash of the epoch's first block: the chain id in epoch 0, the stop block's hash later.</param>
/// <param name="Height">Height of that parent; 0 in epoch 0.</param>
/// <param name="TimeMs">Its time, Unix milliseconds.</param>
/// <param name="LogTimeMs">Its log time.</param>
/// <param name="Size">Size of the log there.</param>
/// <param name="Root">Root of the log there.</param>
public sealed record EpochGenesis(Hash256 Hash, ulong Height, long TimeMs, long LogTimeMs, ulong Size, Hash256 Root);
