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

/// <summary>A participant became reachable.</summary>
internal sealed record PeerConnectedEvent(int Peer) : ConsensusEvent;
