using Pyrsia.Cli.Output;
using Pyrsia.Provenance.Attestations;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Verification;

namespace Pyrsia.Cli.Log;

/// <summary>
/// Checks every leaf from public bytes: its form, its signature, that builders are those of the network file and approving authorities those of the epoch, that a verified verdict
/// rests on results that say the same, and that the leaves lead to the cosigned root. The other verdicts follow from deadlines in log time; the log
/// holds neither the borders nor the times of blocks, so that they cannot be derived anew from it.
/// </summary>
internal sealed class LogAudit(RemoteLog log, GenesisDocument genesis, SetChain sets)
{
    /// <summary>Most results that are remembered for the verdicts to come; older ones are read again when a verdict names them.</summary>
    private const int MaxRemembered = 4096;

    private readonly Dictionary<long, SignedEntry> _results = [];
    private readonly Queue<long> _order = [];

    public async Task<AuditRecord> RunAsync(long from, CancellationToken cancellationToken)
    {
        var tree = await LogProofs.RangeAsync(log, from, cancellationToken);
        var counts = new SortedDictionary<string, long>(StringComparer.Ordinal);
        for (var index = from; index < log.Size; index++)
        {
            var entry = await log.ReadAsync(index, cancellationToken);
            await CheckAsync(index, entry, cancellationToken);
            tree = tree.Append(entry.LeafHash);
            var type = entry.Type.ToWord();
            counts[type] = counts.GetValueOrDefault(type) + 1;
        }
        var root = log.Checkpoint.Checkpoint.Root;
        if (tree.Root() != root) throw RemoteLog.Broken($"its entries do not lead to the cosigned root of size {log.Size}");
        return new AuditRecord(from, log.Size, root.ToBase64(), counts);
    }

    private async Task CheckAsync(long index, LogEntry entry, CancellationToken cancellationToken)
    {
        if (entry is SignedEntry signed)
        {
            if (!signed.VerifySignature()) throw Wrong(index, "its signature does not verify");
            if (BuilderOf(signed) is { } name && !(genesis.FindBuilder(name) is { } builder && builder.Key.Equals(signed.Signer.P256))) throw Wrong(index, $"it is not signed by the builder {name} of the network file");
            if (signed.Body is BuildRequest request && (request.ChainId != genesis.ChainId || !request.Asker.Equals(signed.Signer.Ed25519))) throw Wrong(index, "the request is of another network or asker");
            if (signed.Body is BuildCancellation cancellation && !cancellation.Asker.Equals(signed.Signer.Ed25519)) throw Wrong(index, "the cancellation is not signed by the asker that it names");
            if (signed.Body is MappingProposal proposal && (proposal.ChainId != genesis.ChainId || !proposal.Proposer.Equals(signed.Signer.Ed25519))) throw Wrong(index, "the mapping proposal is of another network or proposer");
            if (signed.Body is MappingApproval approval) CheckApproval(index, signed, approval);
            if (signed.Body is SetProposal set && (set.ChainId != genesis.ChainId || !set.Proposer.Equals(signed.Signer.Ed25519))) throw Wrong(index, "the proposed authorities are of another network or proposer");
            if (signed.Body is SetApproval yes && (yes.ChainId != genesis.ChainId || !IsBy(yes.Authority, signed, index))) throw Wrong(index, $"the approval of authorities is not by {yes.Authority}");
            if (entry.Type == EntryType.BuildResult) Remember(index, signed);
        }
        else if (entry is SetChangeEntry change)
            await CheckChangeAsync(index, change, cancellationToken);
        else if (entry is VerdictEntry { Type: EntryType.Verified } verdict)
            await CheckVerdictAsync(index, verdict, cancellationToken);
    }

    private void CheckApproval(long index, SignedEntry entry, MappingApproval approval)
    {
        if (approval.ChainId != genesis.ChainId || !IsBy(approval.Authority, entry, index)) throw Wrong(index, $"the mapping approval is not by the authority {approval.Authority}");
    }

    /// <summary>An authority vouches in an epoch with the vote key that it has in that one.</summary>
    private bool IsBy(string authority, SignedEntry entry, long index)
    {
        var set = sets.At(index);
        return set.IndexOf(authority) is >= 0 and var at && set.Members[at].VoteKey.Equals(entry.Signer.Ed25519);
    }

    /// <summary>A quorum of the sitting authorities has approved these very ones.</summary>
    private async Task CheckChangeAsync(long index, SetChangeEntry change, CancellationToken cancellationToken)
    {
        var sitting = sets.At(index);
        var approving = new HashSet<string>(StringComparer.Ordinal);
        foreach (var at in change.Approvals)
        {
            if (at >= index) throw Wrong(index, $"it rests on the later entry {at}");
            if (await log.ReadAsync(at, cancellationToken) is SignedEntry { Body: SetApproval approval } entry && approval.Proposal == change.Proposal && approval.Epoch == change.Set.Epoch
                && entry.VerifySignature() && IsBy(approval.Authority, entry, at)) approving.Add(approval.Authority);
        }
        if (change.ChainId != genesis.ChainId || change.Set.Epoch != sitting.Epoch + 1 || approving.Count < sitting.Quorum) throw Wrong(index, $"only {approving.Count} of {sitting.Quorum} authorities approved the next ones");
    }

    private async Task CheckVerdictAsync(long index, VerdictEntry verdict, CancellationToken cancellationToken)
    {
        var organisations = verdict.Verdict.Agreeing.Select(v => v.Organisation).Distinct(StringComparer.Ordinal).Count();
        if (organisations < genesis.Threshold) throw Wrong(index, $"only {organisations} organisations agree");
        foreach (var vote in verdict.Verdict.Agreeing)
        {
            if (vote.Index >= index) throw Wrong(index, $"it rests on the later entry {vote.Index}");
            var result = _results.GetValueOrDefault(vote.Index) ?? await log.ReadAsync(vote.Index, cancellationToken) as SignedEntry;
            if (result?.Body is not ResultStatement statement || statement.Builder != vote.Name || genesis.FindBuilder(vote.Name)?.Organisation != vote.Organisation
                || statement.Request != verdict.Verdict.Request || statement.Root != verdict.Verdict.Root || !statement.Outputs.SequenceEqual(verdict.Outputs)
                || !statement.AlsoNames.SequenceEqual(verdict.Verdict.AlsoNames))
                throw Wrong(index, $"the result {vote.Index} says something else");
        }
    }

    private void Remember(long index, SignedEntry result)
    {
        if (_order.Count == MaxRemembered) _results.Remove(_order.Dequeue());
        _order.Enqueue(index);
        _results[index] = result;
    }

    private static string? BuilderOf(SignedEntry entry) => (entry.Body as BuilderEntry)?.Builder;

    private static CliException Wrong(long index, string how) => RemoteLog.Broken($"entry {index}: {how}");
}
