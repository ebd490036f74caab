namespace Pyrsia.Consensus;

/// <summary>Where finalized blocks and findings go. Called from the engine's loop, in order; each call ends before the next.</summary>
public interface ICommitSink
{
    /// <summary>
    /// A block is final and on disk in the finalized store. After a restart, blocks that were stored but perhaps not handed over are handed
    /// over again from the height that the host asks for; an implementation skips what it has.
    /// </summary>
    ValueTask CommitAsync(FinalizedBlock block, IApplicationState state, CancellationToken cancellationToken);

    /// <summary>A participant signed two contents in one slot.</summary>
    ValueTask EvidenceAsync(Evidence evidence, CancellationToken cancellationToken);

    /// <summary>Payloads that a proposed block refers to are wanted; call <see cref="ConsensusEngine.PayloadsArrived"/> when they are here.</summary>
    /// <param name="payloads">Their SHA-256.</param>
    /// <param name="holder">A participant that should have them.</param>
    void FetchPayloads(IReadOnlyList<Hash256> payloads, int holder);

    /// <summary>A message that another participant's host sent by <see cref="ConsensusEngine.BroadcastHostMessage"/>.</summary>
    void HostMessage(int from, ReadOnlyMemory<byte> message);

    /// <summary>The epoch ended with this stop block; <see cref="ConsensusEngine.RunAsync"/> returns when this has. Called again after a restart.</summary>
    ValueTask EpochEndedAsync(FinalizedBlock stopBlock, IApplicationState state, CancellationToken cancellationToken);

    /// <summary>This participant stopped voting, with the reason in words; it goes on following.</summary>
    void VotingStopped(string reason);
}
