namespace Pyrsia.Consensus;

/// <summary>
/// Carries messages between the participants of one epoch, each authenticated as the participant it is said to come from. Messages may be
/// lost, repeated and reordered. No member blocks: what a slow peer cannot take is dropped.
/// </summary>
public interface IConsensusTransport
{
    /// <summary>Queues a message for one participant.</summary>
    void Send(int participant, ReadOnlyMemory<byte> message);

    /// <summary>Queues a message for every participant but this one.</summary>
    void Broadcast(ReadOnlyMemory<byte> message);
}
