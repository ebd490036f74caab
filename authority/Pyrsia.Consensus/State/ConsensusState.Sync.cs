namespace Pyrsia.Consensus;

/// <summary>Helping those who are behind, and catching up.</summary>
internal sealed partial class ConsensusState
{
    private readonly long[] _nextHelp;
    private readonly long[] _nextServe;
    private long _nextAsk;
    private long _nextSync;

    /// <summary>Certificates by which a participant in an earlier view reaches this one.</summary>
    private void Help(int peer, View peerView, View peerFinalized)
    {
        if (!_rules.HelpsPeersBehind || peer == Self || IsTooEarly(_nextHelp[peer])) return;
        var certificates = new List<Certificate>();
        if (peerFinalized < _tip.View) AddTip(certificates);
        if (peerView < _view && _view.Previous > _tip.View && _views.TryGetValue(_view.Previous, out var previous))
        {
            if (previous.Notarization is { } notarization) certificates.Add(notarization);
            if (previous.Nullification is { } nullification) certificates.Add(nullification);
            if (previous.Finalization is { } finalization) certificates.Add(finalization);
        }
        if (certificates.Count == 0) return;
        _nextHelp[peer] = _now + (Patience / 2);
        Send(peer, new CertificatesMessage([.. certificates]));
    }

    private void AskForHelp(int peer)
    {
        if (IsTooEarly(_nextAsk)) return;
        _nextAsk = _now + (Patience / 2);
        Send(peer, Status());
    }

    private void OnStatus(int from, StatusMessage status)
    {
        if (status.Epoch != Epoch) return;
        if (status.View < _view || status.FinalizedView < _tip.View) Help(from, status.View, status.FinalizedView);
        if (status.View > _view) AskForHelp(from);
        if (status.FinalizedHeight > _tip.Height && !IsTooEarly(_nextSync))
        {
            _nextSync = _now + (Patience / 2);
            Send(from, new GetBlockMessage(default, _tip.Height));
            // Who came through the epochs before has been served just now, and is not answered for a moment: it asks until something of this epoch is here.
            if (IsAtLaterGenesis)
            {
                _aheadPeer = from;
                EnsureFetch();
            }
        }
    }

    /// <summary>Whether nothing of an epoch that others ended is final here.</summary>
    private bool IsAtLaterGenesis => _tip.View == View.Genesis && Epoch.Number > 0;

    private void OnGetBlock(int from, GetBlockMessage get)
    {
        if (_blocks.TryGetValue(get.Block, out var node) && node is { Entries: not null, Header: not null })
        {
            _views.TryGetValue(node.View, out var view);
            var notarization = view?.Notarization?.Block == node.Hash ? view.Notarization : null;
            var finalization = view?.Finalization?.Block == node.Hash ? view.Finalization : null;
            if (node == _tip) (notarization, finalization) = (_tipBlock?.Notarization, _tipBlock?.Finalization);
            Send(from, new BlockMessage(node.Header, node.Justification!, node.Entries, notarization, finalization));
        }
        else if (get.FinalizedHeight < _tip.Height && !IsTooEarly(_nextServe[from]))
        {
            _nextServe[from] = _now + (Patience / 4);
            if (from != Self) _effects.Add(new ServeFinalizedEffect(from, get.FinalizedHeight + 1));
        }
    }

    /// <summary>Others have gone on to another epoch: what ended this one is final, and a peer that knows it is asked until it is here.</summary>
    private void OnLaterEpoch(int peer)
    {
        if (_ended) return;
        var isNews = _laterPeer is null;
        _laterPeer = peer;
        EnsureFetch();
        if (isNews) Send(peer, new GetBlockMessage(default, _tip.Height));
    }

    /// <summary>A peer that has not seen its epoch end learns that there is a later one, and then asks for the blocks up to there.</summary>
    private void OnEarlierEpoch(EarlierEpochEvent earlier)
    {
        if (earlier.FinalizedHeight is { } height) OnGetBlock(earlier.Peer, new GetBlockMessage(default, height));
        else if (!IsTooEarly(_nextHelp[earlier.Peer]))
        {
            _nextHelp[earlier.Peer] = _now + (Patience / 2);
            Send(earlier.Peer, Status());
        }
    }

    private void OnGetEntries(int from, GetEntriesMessage get)
    {
        var found = new List<Entry>();
        var bytes = 0;
        foreach (var id in get.Ids)
        {
            if (FindEntry(id) is not { } entry) continue;
            bytes += entry.Bytes.Length;
            if (bytes > ConsensusLimits.MaxBlockBytes) break;
            found.Add(entry);
        }
        if (found.Count > 0) Send(from, new EntriesMessage([.. found]));
    }

    private Entry? FindEntry(Hash256 id)
    {
        if (_pool.Find(id) is { } pooled) return pooled;
        foreach (var node in _blocks.Values)
        {
            if (node is not { Entries: { } entries, EntryIds: { } ids }) continue;
            var at = Array.IndexOf(ids, id);
            if (at >= 0) return entries[at];
        }
        return null;
    }

    private void OnSubmit(SubmitEvent submit)
    {
        var result = _pool.Add(submit.Entry, Self, isLocal: true, _application, _tip.State!, out _);
        if (result == SubmitResult.Accepted)
        {
            Persist(new EntryRecord(submit.Entry));
            Broadcast(new SubmitMessage(submit.Entry));
        }
        _effects.Add(new SubmitResultEffect(submit.Token, result));
        if (result == SubmitResult.Accepted) NoticeWork();
    }

    private void OnPeerEntry(int from, Entry entry)
    {
        var taken = _pool.Add(entry, from, isLocal: false, _application, _tip.State!, out var missing) == SubmitResult.Accepted;
        if (missing is { } payload && _held.TryHold(entry, from)) _effects.Add(new FetchPayloadsEffect([payload], from));
        if (!taken) return;
        RetryWaiting();
        NoticeWork();
    }

    /// <summary>Payloads may have come: entries that were held for theirs are taken in.</summary>
    private void OnPayloads()
    {
        foreach (var held in _held.Waiting)
        {
            _pool.Add(held.Entry, held.Source, isLocal: false, _application, _tip.State!, out var missing);
            if (missing is null) _held.Release(held);
        }
        RetryWaiting();
        NoticeWork();
    }
}
