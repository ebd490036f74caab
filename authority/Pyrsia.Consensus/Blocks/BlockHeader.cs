namespace Pyrsia.Consensus;

/// <summary>What a vote for a block binds: its place, its parent and why it may extend it, its entries and the log after it.</summary>
/// <param name="Epoch">The epoch.</param>
/// <param name="View">The view it was proposed in.</param>
/// <param name="ParentHash">Hash of the parent block, or of the epoch's genesis.</param>
/// <param name="ParentView">View of the parent; 0 for the genesis.</param>
/// <param name="JustificationHash">SHA-256 of the encoded <see cref="Justification"/>.</param>
/// <param name="TimeMs">The leader's clock, Unix milliseconds; later than the parent's.</param>
/// <param name="LogTimeMs">Log time: the parent's plus the time step, at most <see cref="LogTime.MaxStepMs"/>.</param>
/// <param name="FirstIndex">Log index of the first entry: the log's size after the parent.</param>
/// <param name="Count">Number of entries, without leaves that the application derives.</param>
/// <param name="EntriesHash">SHA-256 over the entries' ids, see <see cref="BlockHashing.Entries"/>.</param>
/// <param name="SizeAfter">Size of the log after the entries and the derived leaves.</param>
/// <param name="RootAfter">Root of the log of that size.</param>
/// <param name="SetChange">Names the next authority set when this is the epoch's stop block; zero otherwise.</param>
public sealed record BlockHeader(
    Epoch Epoch,
    View View,
    Hash256 ParentHash,
    View ParentView,
    Hash256 JustificationHash,
    long TimeMs,
    long LogTimeMs,
    ulong FirstIndex,
    int Count,
    Hash256 EntriesHash,
    ulong SizeAfter,
    Hash256 RootAfter,
    Hash256 SetChange)
{
    private Hash256 _hash;

    /// <summary>A copy, as `with` makes it, computes its own hash.</summary>
    private BlockHeader(BlockHeader original)
    {
        (Epoch, View, ParentHash, ParentView) = (original.Epoch, original.View, original.ParentHash, original.ParentView);
        (JustificationHash, TimeMs, LogTimeMs) = (original.JustificationHash, original.TimeMs, original.LogTimeMs);
        (FirstIndex, Count, EntriesHash) = (original.FirstIndex, original.Count, original.EntriesHash);
        (SizeAfter, RootAfter, SetChange) = (original.SizeAfter, original.RootAfter, original.SetChange);
    }

    /// <summary>The block's name: SHA-256 over a domain prefix and the canonical encoding.</summary>
    public Hash256 Hash => _hash.IsZero ? _hash = BlockHashing.Header(this) : _hash;

    /// <inheritdoc/>
    public bool Equals(BlockHeader? other) => other is not null && Hash == other.Hash;

    /// <inheritdoc/>
    public override int GetHashCode() => Hash.GetHashCode();
}
