namespace Pyrsia.Consensus;

/// <summary>What a journal holds, for people.</summary>
/// <param name="Header">What it is.</param>
/// <param name="Length">Bytes of its records.</param>
/// <param name="Records">How many records it has.</param>
/// <param name="Votes">How many of them are own votes.</param>
/// <param name="HighestVote">The latest view that was voted in; the genesis before the first vote.</param>
/// <param name="WaitingEntries">Entries that were accepted here and were not final when it was written.</param>
/// <param name="RefusalToVote">Why the key must not vote with it, in words; null when it may.</param>
public sealed record JournalReport(JournalHeader Header, long Length, int Records, int Votes, View HighestVote, int WaitingEntries, string? RefusalToVote);
