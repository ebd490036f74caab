namespace Pyrsia.Consensus;

/// <summary>The course of a view: entering it, noticing that there is work, timing out, saying things again.</summary>
internal sealed partial class ConsensusState
{
    private bool _activated;
    private bool _heartbeatDue;
    private bool _fetchArmed;
    private int _syncSource;
    private int? _laterPeer;
    private int? _aheadPeer;
    private View _resendArmedFor = View.Genesis;

    private int BackOff => _rules.BackOffSteps(_view, _tip.View, _parameters.Faults);

    /// <summary>D under back-off, milliseconds.</summary>
    private long Delay
    {
        get
        {
            var timing = _parameters.Timing;
            var initial = (long)timing.Delay.TotalMilliseconds;
            return Math.Min(initial << Math.Min(BackOff, 20), Math.Max(initial, (long)timing.MaxDelay.TotalMilliseconds));
        }
    }

    private void Enter(View view)
    {
        _view = view;
        _activated = false;
        if (_ended) return;
        if (_views.TryGetValue(view, out var state))
        {
            if (state.Proposal is { } proposal)
            {
                Activate();
                TryValidate(proposal);
                TryNotarize(proposal);
                return;
            }
            if (Spoken(state)) Activate();
        }
        NoticeWork();
    }

    /// <summary>Whether somebody voted in the view: they work, so there is work.</summary>
    private bool Spoken(ViewState state)
    {
        for (var i = 0; i < _parameters.Participants; i++)
            if (state.Slot(VoteKind.Notarize, i) is not null || state.Slot(VoteKind.Nullify, i) is not null) return true;
        return false;
    }

    /// <summary>Starts the view's clocks if something is pending; otherwise the view stays quiet.</summary>
    private void NoticeWork()
    {
        if (_activated || _ended || _halted || _view == View.Genesis) return;
        var best = Best();
        if (_heartbeatDue || (!best.Stopped && (DeadlineIsDue(best) || HasEntriesFor(best))))
            Activate();
        else if (_highestNotarized > _tip.View)
            Arm(TimerKind.Linger, _view, Delay);
    }

    /// <summary>The highest block that is notarized and judged here: what the next block will likely stand on.</summary>
    private BlockNode Best() =>
        _highestNotarized > _tip.View && _views.TryGetValue(_highestNotarized, out var view) && view.Notarization is { } notarization
        && _blocks.TryGetValue(notarization.Block, out var node) && node.Status == BlockStatus.Valid ? node : _tip;

    private bool HasEntriesFor(BlockNode parent)
    {
        var offered = _pool.Offer(_application, parent.State!);
        return offered.Count > 0 && _application.Select(parent.State!, NextContext(parent), offered).Count > 0;
    }

    private bool DeadlineIsDue(BlockNode best) =>
        _application.NextDeadlineMs(best.State!) is { } deadline && LogTime.After(best.TimeMs, best.LogTimeMs, _now) >= deadline;

    private void Activate()
    {
        if (_activated || _ended || _halted) return;
        _activated = true;
        Arm(TimerKind.Leader, _view, 2 * Delay);
        Arm(TimerKind.Advance, _view, 3 * Delay);
        EnsureResend();
        if (_parameters.LeaderOf(_view) != Self && LeaderIsSilent()) TryNullify();
    }

    /// <summary>The leader signed nothing in the last n views while a quorum did: its turn is not waited for.</summary>
    private bool LeaderIsSilent()
    {
        var span = (ulong)_parameters.Participants;
        if (_view.Number <= span) return false;
        var since = new View(_view.Number - span);
        if (_lastSigned[_parameters.LeaderOf(_view)] >= since) return false;
        var active = 0;
        foreach (var last in _lastSigned)
            if (last >= since) active++;
        return active >= _quorum;
    }

    /// <summary>D without back-off, milliseconds: how long an answer may take.</summary>
    private long Patience => (long)_parameters.Timing.Delay.TotalMilliseconds;

    private void EnsureFetch()
    {
        if (_fetchArmed) return;
        _fetchArmed = true;
        Arm(TimerKind.Fetch, View.Genesis, Patience);
    }

    /// <summary>Asks for what is still missing, somebody else each time; a finalization that cannot be followed asks for stored blocks too.</summary>
    private void Fetch()
    {
        _fetchArmed = false;
        if (_wanted.Count == 0 && _waiting.Count == 0 && ((_pendingFinalization is null && _laterPeer is null && _aheadPeer is null) || _ended)) return;
        foreach (var (hash, wanted) in _wanted.ToArray()) Want(hash, wanted.View, Self);
        RetryWaiting();
        TryCommit();
        // Who says that there is a later epoch may lie, and others are asked too.
        if ((_pendingFinalization ?? (object?)_laterPeer) is not null && !_ended)
            Send(Sources.Next(ref _syncSource, _parameters.Participants, Self), new GetBlockMessage(default, _tip.Height));
        if (!IsAtLaterGenesis) _aheadPeer = null;
        if ((_laterPeer ?? _aheadPeer) is { } later && !_ended) Send(later, new GetBlockMessage(default, _tip.Height));
        EnsureFetch();
    }

    private void EnsureResend()
    {
        if (_resendArmedFor == _view || !_rules.Resends) return;
        _resendArmedFor = _view;
        Arm(TimerKind.Resend, _view, 4 * Delay);
    }

    private void OnTimer(TimerKey timer)
    {
        if (timer.Epoch != Epoch || _ended) return;
        var isPerView = timer.Kind is TimerKind.Leader or TimerKind.Advance or TimerKind.Resend or TimerKind.Linger;
        if (timer.Kind != TimerKind.Fetch && timer.View != (isPerView ? _view : _tip.View)) return;
        switch (timer.Kind)
        {
            case TimerKind.Leader:
                if (_rules.TimesOut && ViewOf(_view).Own.Notarized.IsZero) TryNullify();
                break;
            case TimerKind.Advance:
                if (_rules.TimesOut) TryNullify();
                break;
            case TimerKind.Linger:
                if (_highestNotarized > _tip.View) Activate();
                break;
            case TimerKind.Fetch:
                Fetch();
                break;
            case TimerKind.Heartbeat:
                _heartbeatDue = true;
                NoticeWork();
                break;
            case TimerKind.Deadline:
                NoticeWork();
                break;
            default:
                Resend();
                break;
        }
    }

    /// <summary>Says again what the view needs: own votes, the certificate that opened it, the proposal, and what is still asked for.</summary>
    private void Resend()
    {
        _resendArmedFor = View.Genesis;
        if (!_activated) return;
        Speak();
        foreach (var entry in _pool.Local(ConsensusLimits.MaxResentEntries)) Broadcast(new SubmitMessage(entry));
        EnsureResend();
    }

    private void Speak()
    {
        if (_view > View.Genesis.Next && _views.TryGetValue(_view.Previous, out var previous))
        {
            foreach (var vote in previous.OwnVotes(Self))
                if (vote.Kind == VoteKind.Finalize) Broadcast(new VoteMessage(vote));
            var certificates = new List<Certificate>();
            if (previous.Notarization is { } notarization) certificates.Add(notarization);
            if (previous.Nullification is { } nullification) certificates.Add(nullification);
            if (previous.Finalization is { } finalization) certificates.Add(finalization);
            if (certificates.Count > 0) Broadcast(new CertificatesMessage([.. certificates]));
        }
        if (_views.TryGetValue(_view, out var current))
        {
            foreach (var vote in current.OwnVotes(Self))
            {
                if (vote.Kind == VoteKind.Notarize && ProposalFor(current, vote) is { } propose) Broadcast(propose);
                else Broadcast(new VoteMessage(vote));
            }
        }
        Broadcast(Status());
    }

    private ProposeMessage? ProposalFor(ViewState view, Vote vote)
    {
        if (_parameters.LeaderOf(view.View) != Self || view.Proposal is not { EntryIds: { } ids } node || node.Hash != vote.Block) return null;
        return new ProposeMessage(node.Header!, node.Justification!, vote.Signature, ids);
    }

    private bool IsTooEarly(long next) => _now < next && next - _now <= (long)_parameters.Timing.MaxDelay.TotalMilliseconds * 2;
}
