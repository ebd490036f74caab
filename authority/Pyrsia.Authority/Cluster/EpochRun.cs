using Pyrsia.Authority.Keys;
using Pyrsia.Authority.Log;
using Pyrsia.Authority.Storage;
using Pyrsia.Consensus;

namespace Pyrsia.Authority.Cluster;

/// <summary>One epoch of this authority after another: who sits, with which key and journal it votes if it does, and the engine that runs until the set changes.</summary>
internal sealed partial class EpochRun(
    AuthorityKeys keys, EpochStorage storage, LedgerApplication application, Sitting sitting, VotingStatus voting, ConsensusStreams streams, IConsensusTransport transport, CheckpointPublisher publisher, EnginePort port,
    AuthorityCommitSink sink, TimeProvider time, ILogger<EpochRun> logger)
{
    /// <summary>Runs until the epoch has ended. What a start finds stored of ended epochs is applied in the same way, an epoch each.</summary>
    /// <param name="before">The epoch before; null for the first.</param>
    /// <param name="cancellationToken">Stops it.</param>
    internal async Task<EpochEnd> RunAsync(EpochEnd? before, CancellationToken cancellationToken)
    {
        var state = (LedgerApplicationState?)before?.State ?? application.Genesis;
        var place = EpochPlace.Of(state.Ledger.Sets, keys);
        var journal = storage.OpenJournal(place);
        voting.Begin(place.Refusal ?? journal.RefusalToVote);
        sitting.Begin(place);
        streams.Begin(place);
        publisher.Begin(place);
        await using var engine = new ConsensusEngine(
            storage.EngineOptions(place, state, before), place.Signer is { } signer ? new Ed25519VoteSigner(signer) : null,
            new Ed25519VoteVerifier([.. place.Set.Members.Select(a => a.VoteKey)]), application, journal, storage.Finalized, transport, sink, time);
        port.Attach(engine);
        if (storage.NextEpoch == place.Epoch)
        {
            publisher.Cosign();
            if (before is not null) LogBegins(place.Set.Epoch, place.Set.Members.Length, voting.Stopped ?? "it votes");
        }
        try
        {
            return await engine.RunAsync(cancellationToken);
        }
        finally
        {
            port.Detach(engine);
        }
    }

    [LoggerMessage(131, LogLevel.Information, "Epoch {Epoch} begins with {Count} authorities. This one: {Standing}.")]
    private partial void LogBegins(long epoch, int count, string standing);
}
