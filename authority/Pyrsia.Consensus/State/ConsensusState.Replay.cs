namespace Pyrsia.Consensus;

/// <summary>Coming back: the journal's records first, then one <see cref="StartedEvent"/>.</summary>
internal sealed partial class ConsensusState
{
    /// <summary>Takes up a record of the journal, in the order it was written, before the first step.</summary>
    public void Replay(JournalRecord record)
    {
        if (!_rules.Replays(record)) return;
        switch (record)
        {
            case VoteRecord { Vote: var vote } when vote.Epoch == Epoch && vote.Signer == Self && vote.View > _tip.View:
                var view = ViewOf(vote.View);
                NoteOwn(view, vote);
                view.Slot(vote.Kind, Self) ??= vote;
                break;
            case CertificateRecord { Certificate: var certificate } when certificate.Epoch == Epoch && certificate.View > _tip.View:
                ReplayCertificate(certificate);
                break;
            case BlockRecord { Block: var block } when block.Header.Epoch == Epoch && block.Header.View > _tip.View:
                var node = Take(block.Header, block.Justification, Self);
                node.Entries = block.Entries;
                node.EntryIds = Array.ConvertAll(block.Entries, e => e.Id);
                node.Persisted = true;
                break;
            case StoppedRecord { Reason: var reason }:
                _mayVote = false;
                _stoppedFor = reason;
                break;
            case EntryRecord { Entry: var entry }:
                _pool.Add(entry, Self, isLocal: true, _application, _tip.State!, out _);
                break;
        }
    }

    /// <summary>
    /// What a fresh journal must hold so that the old one can go: everything above the last finalized view. Votes at or below it need no
    /// memory, since nothing is ever signed there again.
    /// </summary>
    public IEnumerable<JournalRecord> Snapshot()
    {
        if (_stoppedFor is { } reason) yield return new StoppedRecord(reason);
        foreach (var node in _blocks.Values.Where(n => n.Persisted && n != _tip && n.Entries is not null).OrderBy(n => n.View.Number))
            yield return new BlockRecord(new BlockMessage(node.Header!, node.Justification!, node.Entries!, null, null));
        foreach (var view in _views.Values.Where(v => v.View > _tip.View).OrderBy(v => v.View.Number))
        {
            if (view.Own.Any)
                foreach (var vote in view.OwnVotes(Self)) yield return new VoteRecord(vote);
            if (view.Notarization is { } notarization) yield return new CertificateRecord(notarization);
            if (view.Nullification is { } nullification) yield return new CertificateRecord(nullification);
            if (view.Finalization is { } finalization) yield return new CertificateRecord(finalization);
        }
        foreach (var entry in _pool.Local(int.MaxValue)) yield return new EntryRecord(entry);
    }

    private void ReplayCertificate(Certificate certificate)
    {
        var view = ViewOf(certificate.View);
        if (view.Get(certificate.Kind) is not null) return;
        view.Set(certificate);
        RegisterVotes(view, certificate);
        if (certificate.Kind == VoteKind.Notarize && certificate.View > _highestNotarized) _highestNotarized = certificate.View;
        if (certificate.Kind == VoteKind.Finalize && (_pendingFinalization is null || certificate.View > _pendingFinalization.View))
            _pendingFinalization = certificate;
    }

    private void Start()
    {
        var current = _tip.View.Next;
        foreach (var view in _views.Values)
        {
            if (view.Exit is not null && view.View >= current) current = view.View.Next;
            if (view.Own.Any && view.View > current) current = view.View;
        }
        foreach (var view in _views.Values)
            if (_blocks.TryGetValue(view.Own.Notarized, out var voted)) view.Proposal ??= voted;
        _view = current;
        foreach (var node in _waiting.OrderBy(n => n.View.Number).ToArray()) TryValidate(node);
        foreach (var view in _views.Values.OrderBy(v => v.View.Number).ToArray())
        {
            // A notarization without an own second vote may still be finalized, and one without a body must be fetched.
            if (view.Notarization is { } held && !_blocks.ContainsKey(held.Block)) Want(held.Block, view.View, FirstOther(held));
            TryFinalize(view);
        }
        TryCommit();
        if (_halted) return;
        if (_stoppedFor is { } reason) _effects.Add(new VotingStoppedEffect(reason));
        Enter(_view);
        if (_rules.Resends) Speak();
        Arm(TimerKind.Heartbeat, _tip.View, (long)_parameters.Timing.Heartbeat.TotalMilliseconds);
    }
}
