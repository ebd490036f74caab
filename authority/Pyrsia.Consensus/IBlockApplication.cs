namespace Pyrsia.Consensus;

/// <summary>
/// What consensus agrees about: the log and the verdicts derived from it. Every member is pure and deterministic (no clock, no randomness,
/// no IO), and is called from one thread. A state is immutable: blocks that lose leave no trace, so a state per unfinalized block is an
/// overlay over its parent's.
/// </summary>
public interface IBlockApplication
{
    /// <summary>
    /// Looks at an entry by itself: well-formed, signed, of a known kind. The key is what duplicates are recognised by; it is not the hash of
    /// the bytes where signatures are randomised. Returns false for an entry that no state would accept, and for one whose payload is not here:
    /// <paramref name="missing"/> names that, and is null for the others.
    /// </summary>
    bool TryAdmit(Entry entry, out Hash256 key, out Hash256? missing);

    /// <summary>Whether an admitted entry, or another with its key, is in the log of <paramref name="state"/>, or can never get there any more.</summary>
    bool IsLogged(IApplicationState state, Entry entry, Hash256 key);

    /// <summary>
    /// Chooses entries for a block on <paramref name="parent"/> from <paramref name="pending"/> (oldest first), at most as many and as large
    /// as <see cref="ConsensusLimits"/> allows. The result must pass <see cref="Apply"/> as it stands.
    /// </summary>
    IReadOnlyList<Entry> Select(IApplicationState parent, BlockContext context, IReadOnlyList<Entry> pending);

    /// <summary>
    /// Applies a block: the leader's way to the size and root of its header, and every follower's check. Leaves that follow from the entries
    /// or from the new log time are appended after the entries and count in size and root.
    /// </summary>
    BlockOutcome Apply(IApplicationState parent, BlockContext context, IReadOnlyList<Entry> entries);

    /// <summary>Applies a block that a quorum has finalized, as the stored blocks prove: signatures of entries need not be looked at again, everything else is.</summary>
    BlockOutcome Replay(IApplicationState parent, BlockContext context, IReadOnlyList<Entry> entries) => Apply(parent, context, entries);

    /// <summary>The earliest log time (milliseconds) at which a block without entries would derive something; null when there is none.</summary>
    long? NextDeadlineMs(IApplicationState state);

    /// <summary>The block of this state is final: overlays below it may be folded together.</summary>
    void Finalized(IApplicationState state);
}
