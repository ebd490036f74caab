namespace Pyrsia.Consensus;

/// <summary>From a finalization to final blocks, and forgetting what is below them.</summary>
internal sealed partial class ConsensusState
{
    private void TryCommit()
    {
        if (_pendingFinalization is not { } finalization || _halted || _ended) return;
        if (finalization.View <= _tip.View)
        {
            _pendingFinalization = null;
            return;
        }
        var view = ViewOf(finalization.View);
        if (_rules.CommitNeedsNotarization && view.Notarization?.Block != finalization.Block)
        {
            RequestCertificates(finalization.View, finalization.View);
            return;
        }
        if (!_blocks.TryGetValue(finalization.Block, out var node))
        {
            Want(finalization.Block, finalization.View, FirstOther(finalization));
            return;
        }
        if (ChainTo(node) is not { } chain) return;
        for (var i = 0; i < chain.Count && !_ended; i++)
            Commit(chain, i);
        if (finalization.View <= _tip.View) _pendingFinalization = null;
        Forget();
        _heartbeatDue = false;
        if (_ended) return;
        Arm(TimerKind.Heartbeat, _tip.View, (long)_parameters.Timing.Heartbeat.TotalMilliseconds);
        if (_application.NextDeadlineMs(_tip.State!) is { } deadline)
        {
            var ahead = deadline - LogTime.After(_tip.TimeMs, _tip.LogTimeMs, _now);
            if (ahead > 0) Arm(TimerKind.Deadline, _tip.View, Math.Min(ahead, LogTime.MaxStepMs));
        }
        NoticeWork();
    }

    /// <summary>The blocks above the last final one up to this, oldest first; null while one cannot be judged.</summary>
    private List<BlockNode>? ChainTo(BlockNode node)
    {
        var chain = new List<BlockNode>();
        while (node != _tip)
        {
            if (node.View <= _tip.View)
            {
                Halt($"two finalized chains: {node.Hash} in {node.View} does not extend {_tip.Hash} in {_tip.View}");
                return null;
            }
            if (node.Status == BlockStatus.Invalid)
            {
                Halt($"block {node.Hash} in {node.View} is finalized by a quorum but invalid here");
                return null;
            }
            if (node.Status == BlockStatus.Waiting)
            {
                EnsureFetch();
                return null;
            }
            chain.Add(node);
            node = node.Parent!;
        }
        chain.Reverse();
        return chain;
    }

    private void Commit(List<BlockNode> chain, int at)
    {
        var node = chain[at];
        var block = Finalized(chain, at);
        if (!node.Header!.SetChange.IsZero)
        {
            _ended = true;
            var above = new List<FinalizedBlock>();
            for (var i = at + 1; i < chain.Count; i++) above.Add(Finalized(chain, i));
            block = block with { Proof = above };
        }
        _tip.Parent = null;
        _tip = node;
        _tipBlock = block;
        node.Persisted = true;
        _application.Finalized(node.State!);
        _effects.Add(new CommitEffect(block, node.State!));
        if (_ended) _effects.Add(new EpochEndedEffect(block));
    }

    private FinalizedBlock Finalized(List<BlockNode> chain, int at)
    {
        var node = chain[at];
        var fromChild = at + 1 < chain.Count ? chain[at + 1].Justification!.Parent : null;
        _views.TryGetValue(node.View, out var view);
        var notarization = view?.Notarization?.Block == node.Hash ? view.Notarization : null;
        var finalization = view?.Finalization?.Block == node.Hash ? view.Finalization : null;
        notarization ??= fromChild is { Kind: VoteKind.Notarize } ? fromChild : null;
        finalization ??= fromChild is { Kind: VoteKind.Finalize } ? fromChild : null;
        return new FinalizedBlock(node.Height, node.Header!, node.Justification!, node.Entries!, notarization, finalization);
    }

    private void Forget()
    {
        _tip.Parent = null;
        foreach (var view in _views.Keys)
            if (!Retained(view)) _views.Remove(view);
        foreach (var (hash, node) in _blocks)
            if (node.View <= _tip.View && node != _tip) _blocks.Remove(hash);
        foreach (var (hash, wanted) in _wanted)
            if (wanted.View <= _tip.View) _wanted.Remove(hash);
        _waiting.RemoveAll(node => node.View <= _tip.View);
        _pool.RemoveLogged(_application, _tip.State!);
        _held.OnCommitted();
    }
}
