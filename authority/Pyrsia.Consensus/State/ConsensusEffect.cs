namespace Pyrsia.Consensus;

/// <summary>
/// What the host must do after a step. All <see cref="PersistEffect"/> of a turn are written and synced before anything is sent, committed or
/// answered; the rest is done in order.
/// </summary>
internal abstract record ConsensusEffect;

internal sealed record PersistEffect(JournalRecord Record) : ConsensusEffect;

internal sealed record SendEffect(int To, ConsensusMessage Message) : ConsensusEffect;

internal sealed record BroadcastEffect(ConsensusMessage Message) : ConsensusEffect;

/// <summary>Fires <see cref="TimerEvent"/> with this key after the delay; replaces an earlier timer of the same kind.</summary>
internal sealed record ArmTimerEffect(TimerKey Timer, long DelayMs) : ConsensusEffect;

internal sealed record CommitEffect(FinalizedBlock Block, IApplicationState State) : ConsensusEffect;

/// <summary>Send stored finalized blocks, from this height on, to a participant that is behind.</summary>
internal sealed record ServeFinalizedEffect(int To, ulong FromHeight) : ConsensusEffect;

internal sealed record EvidenceEffect(Evidence Evidence) : ConsensusEffect;

internal sealed record FetchPayloadsEffect(IReadOnlyList<Hash256> Payloads, int Holder) : ConsensusEffect;

internal sealed record SubmitResultEffect(long Token, SubmitResult Result) : ConsensusEffect;

internal sealed record HostMessageEffect(int From, ReadOnlyMemory<byte> Bytes) : ConsensusEffect;

internal sealed record EpochEndedEffect(FinalizedBlock StopBlock) : ConsensusEffect;

internal sealed record VotingStoppedEffect(string Reason) : ConsensusEffect;

/// <summary>Agreement is broken beyond what f faulty participants can do; nothing may go on.</summary>
internal sealed record HaltEffect(string Reason) : ConsensusEffect;
