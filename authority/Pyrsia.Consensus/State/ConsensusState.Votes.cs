namespace Pyrsia.Consensus;

/// <summary>Votes: own ones, others', and the certificates they make.</summary>
internal sealed partial class ConsensusState
{
    private void OnVote(int from, Vote vote)
    {
        if (vote.Epoch != Epoch || vote.View == View.Genesis) return;
        if (vote.View.Number > _view.Number + ConsensusLimits.ViewWindow)
        {
            AskForHelp(from);
            return;
        }
        if (vote.View.Next < _view || (vote.Kind == VoteKind.Nullify && vote.View < _view)) Help(from, vote.View, View.Genesis);
        if (!Retained(vote.View)) return;
        var view = ViewOf(vote.View);
        if (!Register(view, vote, verified: false)) return;
        if (vote.View == _view) Activate();
        Assemble(view, vote);
    }

    private bool Retained(View view) => view.Number + ConsensusLimits.RetainedViews > _tip.View.Number;

    /// <summary>Keeps the vote in its slot. False when it is known, wrong, or clashes with the one held (which is evidence).</summary>
    private bool Register(ViewState view, Vote vote, bool verified)
    {
        ref var slot = ref view.Slot(vote.Kind, vote.Signer);
        if (slot is not null && slot.Kind == vote.Kind && slot.Block == vote.Block) return false;
        if (!verified && !VerifyVote(vote)) return false;
        if (slot is not null)
        {
            _effects.Add(new EvidenceEffect(new Evidence(slot, vote)));
            return false;
        }
        slot = vote;
        if (vote.View > _lastSigned[vote.Signer]) _lastSigned[vote.Signer] = vote.View;
        if (vote.Signer == Self && vote.View > _tip.View) CheckOwn(view, vote);
        return true;
    }

    /// <summary>A vote of the own key that is not in the own slots was made by another copy of this authority or by one with a newer journal.</summary>
    private void CheckOwn(ViewState view, Vote vote)
    {
        var known = vote.Kind switch
        {
            VoteKind.Notarize => view.Own.Notarized == vote.Block,
            VoteKind.Nullify => view.Own.Nullified,
            _ => view.Own.Finalized == vote.Block,
        };
        if (!known && _view > View.Genesis && _rules.StopsOnForeignOwnVote)
            StopVoting($"a vote of this key in {vote.View} of {vote.Epoch} is not in its journal: a second copy runs, or an older journal was restored");
    }

    private bool VerifyVote(Vote vote)
    {
        Span<byte> message = stackalloc byte[VoteBytes.Length];
        Span<byte> signature = stackalloc byte[VoteSignature.Size];
        VoteBytes.Write(message, _parameters.ChainId, vote.Kind, vote.Epoch, vote.View, vote.Block);
        vote.Signature.CopyTo(signature);
        return _verifier.Verify(vote.Signer, message, signature);
    }

    private void Assemble(ViewState view, Vote latest)
    {
        if (view.Get(latest.Kind) is null && view.TryAssemble(latest, _quorum, _rules) is { } certificate) Adopt(certificate);
    }

    /// <summary>Signs, remembers and makes durable; the caller says it to the others.</summary>
    private Vote Sign(ViewState view, VoteKind kind, Hash256 block)
    {
        Span<byte> message = stackalloc byte[VoteBytes.Length];
        Span<byte> signature = stackalloc byte[VoteSignature.Size];
        VoteBytes.Write(message, _parameters.ChainId, kind, Epoch, view.View, block);
        _signer!.Sign(message, signature);
        var vote = new Vote(kind, Epoch, view.View, block, Self, new VoteSignature(signature));
        NoteOwn(view, vote);
        Persist(new VoteRecord(vote));
        Register(view, vote, verified: true);
        return vote;
    }

    private static void NoteOwn(ViewState view, Vote vote)
    {
        switch (vote.Kind)
        {
            case VoteKind.Notarize:
                view.Own.Notarized = vote.Block;
                break;
            case VoteKind.Nullify:
                view.Own.Nullified = true;
                break;
            default:
                view.Own.Finalized = vote.Block;
                break;
        }
    }

    private void Cast(ViewState view, VoteKind kind, Hash256 block)
    {
        var vote = Sign(view, kind, block);
        Broadcast(new VoteMessage(vote));
        Assemble(view, vote);
    }

    private void TryNullify()
    {
        var view = ViewOf(_view);
        if (MayVote && _rules.MayNullify(view.Own)) Cast(view, VoteKind.Nullify, default);
    }

    /// <summary>Votes for the leader's block of the current view once it is judged.</summary>
    private void TryNotarize(BlockNode node)
    {
        if (node.View != _view || !MayVote) return;
        var view = ViewOf(_view);
        if (view.Proposal != node || !_rules.MayNotarize(view.Own)) return;
        if (node.Status == BlockStatus.Waiting) return;
        if (node.Status == BlockStatus.Invalid || !IsTimely(node))
        {
            TryNullify();
            return;
        }
        MakeDurable(node);
        Cast(view, VoteKind.Notarize, node.Hash);
    }

    private void TryFinalize(ViewState view)
    {
        if (view.Notarization is not { } notarization || view.View <= _tip.View || !MayVote || !_rules.MayFinalize(view.Own)) return;
        if (!_blocks.TryGetValue(notarization.Block, out var node) || node.Status != BlockStatus.Valid) return;
        MakeDurable(node);
        Cast(view, VoteKind.Finalize, node.Hash);
    }

    /// <summary>The body, and the bodies it stands on, are journaled before a vote depends on them.</summary>
    private void MakeDurable(BlockNode node)
    {
        if (node.Persisted) return;
        if (node.Parent is { } parent) MakeDurable(parent);
        node.Persisted = true;
        Persist(new BlockRecord(new BlockMessage(node.Header!, node.Justification!, node.Entries!, null, null)));
    }

    private bool IsTimely(BlockNode node)
    {
        if (!_rules.ChecksTime) return true;
        var tolerance = (long)_parameters.Timing.ClockTolerance.TotalMilliseconds;
        return node.TimeMs <= _now + Math.Min(tolerance << Math.Min(BackOff, 16), (long)_parameters.Timing.MaxDelay.TotalMilliseconds);
    }
}
