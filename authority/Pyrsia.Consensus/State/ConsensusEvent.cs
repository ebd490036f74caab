namespace Pyrsia.Consensus;

/// <summary>What can happen to a participant.</summary>
internal abstract record ConsensusEvent;

/// <summary>The first event, after the journal was replayed.</summary>
internal sealed record StartedEvent : ConsensusEvent;

internal sealed record MessageEvent(int From, ConsensusMessage Message) : ConsensusEvent;

internal sealed record TimerEvent(TimerKey Timer) : ConsensusEvent;

/// <summary>A client of this participant hands in an entry; the token names the answer.</summary>
internal sealed record SubmitEvent(long Token, Entry Entry) : ConsensusEvent;

/// <summary>Payloads came; blocks that wait for some are judged again.</summary>
internal sealed record PayloadsEvent : ConsensusEvent;

/// <summary>A peer is in a later epoch than this participant.</summary>
internal sealed record LaterEpochEvent(int Peer) : ConsensusEvent;

/// <summary>A peer is in an earlier epoch; where it asked for final blocks, the height that it has.</summary>
internal sealed record EarlierEpochEvent(int Peer, ulong? FinalizedHeight) : ConsensusEvent;

/// <summary>A participant became reachable.</summary>
internal sealed record PeerConnectedEvent(int Peer) : ConsensusEvent;
