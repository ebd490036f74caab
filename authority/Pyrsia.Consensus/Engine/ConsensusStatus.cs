namespace Pyrsia.Consensus;

/// <summary>Where the engine stands, for people and for readiness checks.</summary>
/// <param name="Epoch">The epoch.</param>
/// <param name="View">The current view.</param>
/// <param name="FinalizedView">View of the last finalized block.</param>
/// <param name="FinalizedHeight">Its height.</param>
/// <param name="PendingEntries">Entries that wait here.</param>
/// <param name="IsVoting">Whether this participant votes.</param>
/// <param name="NotVotingBecause">Why not, in words; null when it votes.</param>
public sealed record ConsensusStatus(
    Epoch Epoch, View View, View FinalizedView, ulong FinalizedHeight, int PendingEntries, bool IsVoting, string? NotVotingBecause);
