using Pyrsia.Consensus;

namespace Pyrsia.Testing.Consensus;

/// <summary>The invariants.</summary>
internal sealed partial class ConsensusSimulation
{
    private readonly List<Hash256> _chain = [];
    private readonly List<ModelState> _model = [];
    private readonly HashSet<ulong> _expected = [];
    private readonly HashSet<ulong> _logged = [];
    private readonly Dictionary<(int Participant, ulong Epoch, ulong View, bool First), (VoteKind Kind, Hash256 Block)> _spoken = [];
    private bool _stopped;
    private ulong _epoch;

    /// <summary>One content per slot, whatever crashes lie between.</summary>
    private void CheckSpoken(SimulatedNode node, ConsensusMessage message)
    {
        if (!node.IsHonest) return;
        var (kind, view, block) = message switch
        {
            VoteMessage { Vote: var vote } when vote.Signer == node.Participant => (vote.Kind, vote.View, vote.Block),
            ProposeMessage propose => (VoteKind.Notarize, propose.Header.View, propose.Header.Hash),
            _ => default,
        };
        if (kind == default) return;
        var slot = (node.Participant, node.Epoch, view.Number, kind == VoteKind.Notarize);
        if (!_spoken.TryAdd(slot, (kind, block)) && _spoken[slot] != (kind, block))
            Violate($"participant {node.Participant} signed {_spoken[slot].Kind} and {kind} in one slot of {view}");
    }

    private void OnCommit(SimulatedNode node, CommitEffect commit)
    {
        var block = commit.Block;
        var at = (int)block.Height - 1;
        if (at < node.Finalized.Count)
        {
            if (node.Finalized[at].Block.Hash != block.Hash) Violate($"participant {node.Participant} finalizes another block at height {block.Height}");
            return;
        }
        if (at > node.Finalized.Count) Violate($"participant {node.Participant} skips to height {block.Height}");
        node.Finalized.Add((block, commit.State));
        node.NeedsCompaction |= node.Finalized.Count % 3 == 0;
        if (!node.IsHonest || BeyondTolerance) return;
        if (at < _chain.Count)
        {
            if (_chain[at] != block.Hash) Violate($"fork at height {block.Height}, seen by participant {node.Participant}");
            return;
        }
        _chain.Add(block.Hash);
        Recompute(block);
    }

    /// <summary>The agreed chain, applied by an independent ledger: same size, same root, no entry twice, nothing after a stop block.</summary>
    private void Recompute(FinalizedBlock block)
    {
        var ledger = new ModelLedger();
        var before = _model.Count == 0 ? ledger.Genesis : _model[^1];
        if (_stopped) Violate("a block after the stop block is committed");
        if (block.Header.Epoch.Number != _epoch) Violate($"a block of {block.Header.Epoch} is committed in epoch {_epoch}");
        foreach (var entry in block.Entries)
            if (!_logged.Add(ModelLedger.KeyOf(entry))) Violate($"entry {ModelLedger.KeyOf(entry)} is logged twice");
        var header = block.Header;
        var outcome = ledger.Apply(
            before, new BlockContext(header.Epoch, header.View, block.Height, header.TimeMs, header.LogTimeMs, header.FirstIndex), block.Entries);
        if (outcome.State is not ModelState after || after.Size != header.SizeAfter || after.Root != header.RootAfter)
        {
            Violate($"the root of height {block.Height} is not that of its entries");
            return;
        }
        if (header.TimeMs > EpochMs + _now + 60_000) Violate("a committed block is far in the future");
        _model.Add(after);
        if (header.SetChange.IsZero) return;
        _stopped = !_options.Epochs;
        _epoch++;
    }

    /// <summary>Now and then a journal is replaced by what is still needed of it.</summary>
    private void Compact(SimulatedNode node)
    {
        node.NeedsCompaction = false;
        node.Journal.Clear();
        foreach (var record in node.State!.Snapshot()) node.Journal.Add((record.Kind, _records.Encode(record).ToArray()));
    }

    private void CheckEvidence(Evidence evidence)
    {
        if (!evidence.Verify(_chainId, _keys)) Violate("evidence that does not verify");
        else if (evidence.Culprit >= _byzantine) Violate($"honest participant {evidence.Culprit} is accused");
    }

    private bool IsComplete()
    {
        if (BeyondTolerance) return false;
        var done = _stopped || _logged.IsSupersetOf(_expected);
        if (!done || _now < _healAt + 100) return false;
        foreach (var node in _nodes)
            if (node.IsHonest && (!node.IsUp || node.Finalized.Count != _chain.Count)) return false;
        return true;
    }

    private string Describe() =>
        $"chain {_chain.Count}, expected {string.Join(',', _expected)}, logged {string.Join(',', _logged)}; "
        + string.Join("; ", _nodes.Select(n =>
            $"{n.Participant} {n.Nature} {(n.State is { } s ? $"view {s.CurrentView} final {s.FinalizedView}/{n.Finalized.Count} pool {s.PendingEntries}" : "down")}"));

    /// <summary>Beyond f byzantine participants forks exist; the certificates of both sides must then name n - 2f of them, and nobody else.</summary>
    private (bool Forked, int Culprits) FindFork()
    {
        var honest = _nodes.Where(n => n.IsHonest).ToArray();
        foreach (var one in honest)
        {
            foreach (var other in honest)
            {
                if (other.Index <= one.Index || !Differ(one, other)) continue;
                var culprits = new HashSet<int>();
                var theirs = Certificates(other).ToLookup(c => c.View);
                foreach (var mine in Certificates(one))
                    foreach (var yours in theirs[mine.View])
                        foreach (var evidence in Evidence.Between(mine, yours))
                        {
                            CheckEvidence(evidence);
                            culprits.Add(evidence.Culprit);
                        }
                var needed = _n - (2 * ConsensusParameters.FaultsOf(_n));
                if (culprits.Count < needed) Violate($"a fork proves {culprits.Count} culprits, not {needed}");
                return (true, culprits.Count);
            }
        }
        return (false, 0);
    }

    private static bool Differ(SimulatedNode one, SimulatedNode other)
    {
        for (var i = 0; i < one.Finalized.Count && i < other.Finalized.Count; i++)
            if (one.Finalized[i].Block.Hash != other.Finalized[i].Block.Hash) return true;
        return false;
    }

    private static IEnumerable<Certificate> Certificates(SimulatedNode node)
    {
        foreach (var block in node.Finalized.SelectMany(f => f.Block.Proof.Prepend(f.Block)))
        {
            if (block.Notarization is { } notarization) yield return notarization;
            if (block.Finalization is { } finalization) yield return finalization;
            if (block.Justification.Parent is { } parent) yield return parent;
            foreach (var nullification in block.Justification.Nullifications.ToArray()) yield return nullification;
        }
    }
}
