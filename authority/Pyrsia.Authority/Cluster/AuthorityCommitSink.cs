using Pyrsia.Authority.Log;
using Pyrsia.Consensus;
using Pyrsia.Contracts;
using Pyrsia.Libp2p;
using Pyrsia.Node.Hosting;
using Pyrsia.Node.Log;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Authority.Cluster;

/// <summary>What happens in this authority when consensus has decided: the log grows, is cosigned, and builders look at what is open.</summary>
internal sealed partial class AuthorityCommitSink(
    LogWriter writer, LogStore store, AuthorityLedger ledger, CheckpointPublisher publisher, Libp2pHost host, GenesisDocument genesis, EvidenceStore evidenceStore, FinalizedStore finalized,
    IConsensusPort port, VotingStatus voting, ILogger<AuthorityCommitSink> logger) : ICommitSink
{
    private readonly ulong _stored = finalized.Height;

    public ValueTask CommitAsync(FinalizedBlock block, IApplicationState state, CancellationToken cancellationToken)
    {
        var after = (LedgerApplicationState)state;
        writer.Write(after);
        // After a restart all blocks are handed over again: what was open in between is nobody's work any more, and only the newest is vouched for anew.
        if (block.Height >= _stored) ledger.Advance(after);
        if (block.Height == _stored) StartMemory.GiveBack();
        if (block.Height == finalized.Height) publisher.Cosign();
        if (after.Leaves.Count > 0) LogCommitted(block.Height, after.Leaves.Count, after.Range.Size);
        return ValueTask.CompletedTask;
    }

    public ValueTask EvidenceAsync(Evidence evidence, CancellationToken cancellationToken)
    {
        evidenceStore.Keep(evidence);
        LogEquivocation(genesis.Authorities[evidence.First.Signer].Name);
        return ValueTask.CompletedTask;
    }

    public void FetchPayloads(IReadOnlyList<Hash256> payloads, int holder) => _ = Task.Run(async () =>
    {
        var sources = genesis.Authorities.Select(a => PeerId.Parse(a.PeerId)).Where(id => id != host.Id).ToList();
        var first = PeerId.Parse(genesis.Authorities[holder].PeerId);
        foreach (var digest in payloads.Select(payload => new Digest(payload.ToArray())))
        {
            foreach (var source in sources.OrderByDescending(id => id == first))
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

    public ValueTask EpochEndedAsync(FinalizedBlock stopBlock, CancellationToken cancellationToken)
    {
        voting.Stop("the epoch has ended");
        return ValueTask.CompletedTask;
    }

    public void VotingStopped(string reason)
    {
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
