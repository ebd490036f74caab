using Pyrsia.Consensus;

namespace Pyrsia.Authority.Cluster;

/// <summary>What the authority's other parts ask of its consensus engine.</summary>
internal interface IConsensusPort
{
    /// <summary>Hands in an entry; when it is accepted it is durable here.</summary>
    Task<SubmitResult> SubmitAsync(Entry entry, CancellationToken cancellationToken);

    /// <summary>Sends a message of the authority to all others.</summary>
    void Broadcast(ReadOnlyMemory<byte> message);

    /// <summary>Sends a message of the authority to one other, by its index in the epoch.</summary>
    void Send(int peer, ReadOnlyMemory<byte> message);

    /// <summary>Payloads that were wanted are here now.</summary>
    void PayloadsArrived();
}
