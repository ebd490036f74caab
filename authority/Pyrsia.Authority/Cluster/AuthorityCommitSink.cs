using Pyrsia.Authority.Log;
using Pyrsia.Consensus;
using Pyrsia.Contracts;
using Pyrsia.Libp2p;
using Pyrsia.Node.Hosting;
using Pyrsia.Node.Log;
using Pyrsia.Provenance.Entries;

namespace Pyrsia.Authority.Cluster;

/// <summary>What happens in this authority when consensus has decided: the log grows, is cosigned, and builders look at what is open.</summary>
internal sealed partial class AuthorityCommitSink(
    LogWriter writer, LogStore store, AuthorityLedger ledger, CheckpointPublisher publisher, Libp2pHost host, Sitting sitting, EvidenceStore evidenceStore, FinalizedStore finalized,
    IConsensusPort port, VotingStatus voting, ILogger<AuthorityCommitSink> logger) : ICommitSink
{
    private readonly ulong _stored = finalized.Height;

    public ValueTask CommitAsync(FinalizedBlock block, IApplicationState state, CancellationToken cancellationToken)
    {
        var after = (LedgerApplicationState)state;
        writer.Write(after);
        // After a restart all blocks are handed over again: what was open in between is nobody's work any more, and only the newest is vouched for anew.
        if (block.Height >= _stored) ledger.Advance(after);
        if (block.Height == _stored) HeldMemory.GiveBackAll();
        else if (block.Height < _stored) HeldMemory.GiveBackSpare();
        if (block.Height == finalized.Height) publisher.Cosign();
        if (after.Leaves.Count > 0) LogCommitted(block.Height, after.Leaves.Count, after.Range.Size);
        return ValueTask.CompletedTask;
    }

    public ValueTask EvidenceAsync(Evidence evidence, CancellationToken cancellationToken)
    {
        evidenceStore.Keep(evidence);
        LogEquivocation(sitting.Place.Set.Members[evidence.First.Signer].Name);
        return ValueTask.CompletedTask;
    }

    public void FetchPayloads(IReadOnlyList<Hash256> payloads, int holder) => _ = Task.Run(async () =>
    {
        var place = sitting.Place;
        var sources = place.Peers.Select(peer => PeerId.TryParse(peer, out var id) ? (PeerId?)id : null).OfType<PeerId>().Where(id => id != host.Id).ToList();
        var first = place.Peers[holder];
        foreach (var digest in payloads.Select(payload => new Digest(payload.ToArray())))
        {
            foreach (var source in sources.OrderByDescending(id => id.ToString() == first))
            {
                try
                {
                    if (await LogProtocol.AskPayloadAsync(host, source, digest, CancellationToken.None) is not { } payload) continue;
                    store.PutPayload(payload);
                    break;
                }
                catch (Exception e) when (e is IOException or TimeoutException)
                {
                    LogPayloadTrouble(digest.ToString(), source.ToString(), e.Message);
                }
            }
        }
        port.PayloadsArrived();
    });

    public void HostMessage(int from, ReadOnlyMemory<byte> message) => publisher.Receive(from, message.Span);

    public ValueTask EpochEndedAsync(FinalizedBlock stopBlock, IApplicationState state, CancellationToken cancellationToken)
    {
        var after = (LedgerApplicationState)state;
        if (!LogEntry.TryParse(after.Leaves[^1], out var last, out _) || last is not SetChangeEntry change) throw new ConsensusHaltedException($"block {stopBlock.Height} ends its epoch, but its last leaf is no set change");
        publisher.EndEpoch(change, after.Range.Size, after.Range.Root());
        return ValueTask.CompletedTask;
    }

    public void VotingStopped(string reason)
    {
        reason = sitting.Place.Refusal ?? reason;
        voting.Stop(reason);
        LogVotingStopped(reason);
    }

    [LoggerMessage(100, LogLevel.Information, "Block {Height} is final with {Count} leaves; the log has {Size}.")]
    private partial void LogCommitted(ulong height, int count, long size);

    [LoggerMessage(101, LogLevel.Error, "{Authority} signed two contents in one slot. The evidence is kept.")]
    private partial void LogEquivocation(string authority);

    [LoggerMessage(102, LogLevel.Warning, "This authority does not vote: {Reason}")]
    private partial void LogVotingStopped(string reason);

    [LoggerMessage(103, LogLevel.Debug, "Payload {Digest} did not come from {Peer}: {Trouble}")]
    private partial void LogPayloadTrouble(string digest, string peer, string trouble);
}
