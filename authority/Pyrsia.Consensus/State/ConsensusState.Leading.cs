namespace Pyrsia.Consensus;

/// <summary>Making a block.</summary>
internal sealed partial class ConsensusState
{
    private void TryPropose()
    {
        if (_parameters.LeaderOf(_view) != Self || !MayVote) return;
        var view = ViewOf(_view);
        if (view.Proposal is not null || !_rules.MayNotarize(view.Own) || FindParent() is not var (parent, justification)) return;
        if (Build(parent, justification) is not { } node)
        {
            TryNullify();
            return;
        }
        _blocks[node.Hash] = node;
        view.Proposal = node;
        MakeDurable(node);
        var vote = Sign(view, VoteKind.Notarize, node.Hash);
        Broadcast(new ProposeMessage(node.Header!, justification, vote.Signature, node.EntryIds!));
        Assemble(view, vote);
        TryFinalize(view);
    }

    /// <summary>The highest notarized and judged block below the view, with nullifications of all views between; asks for what is missing.</summary>
    private (BlockNode Parent, Justification Justification)? FindParent()
    {
        var between = new List<Certificate>();
        for (var at = _view.Previous; at > _tip.View; at = at.Previous)
        {
            _views.TryGetValue(at, out var view);
            if (view?.Notarization is { } notarization)
            {
                if (_blocks.TryGetValue(notarization.Block, out var node) && node.Status == BlockStatus.Valid)
                    return (node, JustificationOf(notarization, between));
                if (node is null) Want(notarization.Block, at, FirstOther(notarization));
            }
            if (view?.Nullification is not { } nullification)
            {
                RequestCertificates(_tip.View.Next, _view.Previous);
                return null;
            }
            between.Add(nullification);
        }
        if (between.Count > ConsensusLimits.MaxNullifications) return null;
        return (_tip, JustificationOf(_tip.View == View.Genesis ? null : _tipBlock!.Finalization ?? _tipBlock.Notarization, between));
    }

    private static Justification JustificationOf(Certificate? parent, List<Certificate> between)
    {
        between.Reverse();
        return new Justification(parent, [.. between]);
    }

    /// <summary>A block that the follower's check accepts; null when the application has none to offer.</summary>
    private BlockNode? Build(BlockNode parent, Justification justification)
    {
        var context = NextContext(parent);
        if (parent.Stopped && !_rules.AllowsEntriesAfterStop)
            return NodeOf(parent, justification, context, [], BlockOutcome.Valid(parent.State!));
        var offered = _pool.Offer(_application, parent.State!);
        var entries = offered.Count == 0 ? [] : _application.Select(parent.State!, context, offered).ToArray();
        var outcome = _application.Apply(parent.State!, context, entries);
        if (outcome.State is null && entries.Length > 0)
        {
            // An own selection that does not apply, or a payload that is gone: an empty block keeps the log alive.
            entries = [];
            outcome = _application.Apply(parent.State!, context, entries);
        }
        return outcome.State is null ? null : NodeOf(parent, justification, context, entries, outcome);
    }

    private BlockContext NextContext(BlockNode parent)
    {
        var time = Math.Max(_now, parent.TimeMs + 1);
        return new(Epoch, _view, parent.Height + 1, time, LogTime.After(parent.TimeMs, parent.LogTimeMs, time), parent.SizeAfter);
    }

    private BlockNode NodeOf(BlockNode parent, Justification justification, BlockContext context, Entry[] entries, BlockOutcome outcome)
    {
        var ids = Array.ConvertAll(entries, e => e.Id);
        var state = outcome.State!;
        var header = new BlockHeader(
            Epoch, _view, parent.Hash, parent.View, justification.Hash(_parameters.Participants), context.TimeMs, context.LogTimeMs,
            context.FirstIndex, entries.Length, BlockHashing.Entries(ids), state.Size, state.Root, outcome.SetChange);
        return new BlockNode(header, justification)
        {
            EntryIds = ids,
            Entries = entries,
            Parent = parent,
            Height = context.Height,
            State = state,
            Status = BlockStatus.Valid,
            Stopped = parent.Stopped || !outcome.SetChange.IsZero,
        };
    }
}
