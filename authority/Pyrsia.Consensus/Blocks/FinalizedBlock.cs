namespace Pyrsia.Consensus;

/// <summary>A block that can never be undone, with everything a stranger needs to check that.</summary>
/// <param name="Height">1 for the first block of the log; grows by one a block, across epochs.</param>
/// <param name="Header">The header.</param>
/// <param name="Justification">Why it may extend its parent.</param>
/// <param name="Entries">The entries in order; derived leaves are recomputed, not stored.</param>
/// <param name="Notarization">The block's notarization, where this authority held it.</param>
/// <param name="Finalization">Its finalization; null when a descendant's finalization made it final.</param>
public sealed record FinalizedBlock(
    ulong Height,
    BlockHeader Header,
    Justification Justification,
    IReadOnlyList<Entry> Entries,
    Certificate? Notarization,
    Certificate? Finalization)
{
    /// <summary>
    /// Empty but for a stop block that a descendant's finalization made final: the blocks above it up to the one that is finalized. They hold
    /// no entries and are not part of the log, but prove that the stop block is final.
    /// </summary>
    public IReadOnlyList<FinalizedBlock> Proof { get; init; } = [];

    /// <summary>Size of the set whose certificates these are, as it was stored with the block; 0 of one that was not read from a store.</summary>
    public int Participants { get; init; }

    /// <summary>The block's hash.</summary>
    public Hash256 Hash => Header.Hash;
}
