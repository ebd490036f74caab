namespace Pyrsia.Consensus;

/// <summary>Proposals and bodies: taking them in, judging them, asking for what is missing.</summary>
internal sealed partial class ConsensusState
{
    private readonly Dictionary<Hash256, WantedBlock> _wanted = [];
    private readonly List<BlockNode> _waiting = [];

    private void OnProposal(int from, ProposeMessage propose)
    {
        var header = propose.Header;
        if (header.Epoch != Epoch || header.View <= _tip.View || _ended) return;
        var leader = _parameters.LeaderOf(header.View);
        var vote = new Vote(VoteKind.Notarize, Epoch, header.View, header.Hash, leader, propose.Signature);
        if (_views.TryGetValue(header.View, out var known) && known.Proposal is { } held)
        {
            // The second signed block of a leader is kept as evidence only. A repeated one may still lack a part.
            if (held.Hash != header.Hash) Register(known, vote, verified: false);
            else if (held.Status == BlockStatus.Waiting) TryValidate(held);
            return;
        }
        if (propose.EntryIds.Length != header.Count || leader == Self || !VerifyVote(vote)) return;
        var justified = VerifyJustification(header, propose.Justification);
        if (justified) AdoptAll(propose.Justification);
        if (header.View <= _tip.View || header.View.Number > _view.Number + ConsensusLimits.ViewWindow) return;
        var view = ViewOf(header.View);
        var isNew = Register(view, vote, verified: true);
        if (!justified)
        {
            // The leader signed a block that nothing justifies; waiting for its time-out would help nobody.
            if (header.View == _view) TryNullify();
            return;
        }
        if (view.Slot(VoteKind.Notarize, leader) is not { } first || first.Block != header.Hash) return;
        var node = Take(header, propose.Justification, from);
        node.EntryIds ??= propose.EntryIds;
        view.Proposal = node;
        if (header.View == _view) Activate();
        TryValidate(node);
        TryNotarize(node);
        if (isNew) Assemble(view, vote);
    }

    private BlockNode Take(BlockHeader header, Justification justification, int source)
    {
        if (_blocks.TryGetValue(header.Hash, out var node)) return node;
        node = new BlockNode(header, justification) { Source = source };
        _blocks.Add(node.Hash, node);
        _waiting.Add(node);
        return node;
    }

    private void OnBlock(int from, BlockMessage block)
    {
        var header = block.Header;
        if (header.Epoch != Epoch || header.View <= _tip.View || _ended) return;
        var backed = TakeCertificate(header, block.Notarization) | TakeCertificate(header, block.Finalization);
        if (header.View <= _tip.View) return;
        if (!_blocks.TryGetValue(header.Hash, out var node))
        {
            // Only a quorum's word, or a child that a leader signed, makes a body worth its memory.
            if (!backed && !_wanted.ContainsKey(header.Hash)) return;
            if (!VerifyJustification(header, block.Justification)) return;
            node = Take(header, block.Justification, from);
            AdoptAll(block.Justification);
        }
        _wanted.Remove(header.Hash);
        if (node.Status != BlockStatus.Waiting) return;
        if (node.Entries is null)
        {
            var ids = Array.ConvertAll(block.Entries, e => e.Id);
            if (ids.Length != header.Count || BlockHashing.Entries(ids) != header.EntriesHash) return;
            node.EntryIds = ids;
            node.Entries = block.Entries;
        }
        TryValidate(node);
        TryCommit();
    }

    private bool TakeCertificate(BlockHeader header, Certificate? certificate)
    {
        if (certificate is null || certificate.View != header.View || certificate.Block != header.Hash || !Verify(certificate)) return false;
        Adopt(certificate);
        return true;
    }

    private void OnEntries(EntriesMessage message)
    {
        foreach (var node in _waiting.ToArray())
        {
            if (node.Entries is not null || node.EntryIds is not { } ids) continue;
            foreach (var entry in message.Entries)
            {
                if (Array.IndexOf(ids, entry.Id) < 0 || node.PartialBytes + entry.Bytes.Length > ConsensusLimits.MaxBlockBytes) continue;
                if ((node.Partial ??= []).TryAdd(entry.Id, entry)) node.PartialBytes += entry.Bytes.Length;
            }
            TryValidate(node);
        }
    }

    /// <summary>Judges a waiting block if everything it needs is here, else asks for what is not.</summary>
    private void TryValidate(BlockNode node)
    {
        if (node.Status != BlockStatus.Waiting || _halted) return;
        if (!CollectEntries(node)) return;
        if (!_blocks.TryGetValue(node.Header!.ParentHash, out var parent))
        {
            if (node.Header.ParentView > _tip.View) Want(node.Header.ParentHash, node.Header.ParentView, node.Source);
            return;
        }
        if (parent.Status == BlockStatus.Waiting) TryValidate(parent);
        if (parent.Status == BlockStatus.Waiting || node.Status != BlockStatus.Waiting) return;
        if (Judge(node, parent) is not { } verdict) return;
        node.Status = verdict ? BlockStatus.Valid : BlockStatus.Invalid;
        _waiting.Remove(node);
        if (_views.TryGetValue(node.View, out var view))
        {
            TryNotarize(node);
            if (verdict) TryFinalize(view);
        }
        RetryWaiting();
        TryCommit();
    }

    private void RetryWaiting()
    {
        if (_waiting.Count == 0) return;
        foreach (var node in _waiting.ToArray()) TryValidate(node);
    }

    private bool CollectEntries(BlockNode node)
    {
        if (node.Entries is not null) return true;
        var header = node.Header!;
        if (node.EntryIds is not { } ids)
        {
            Want(node.Hash, node.View, node.Source);
            return false;
        }
        if (BlockHashing.Entries(ids) != header.EntriesHash)
        {
            // The ids came beside the header, unsigned by anybody but the leader; the body itself may still be good.
            node.EntryIds = null;
            Want(node.Hash, node.View, node.Source);
            return false;
        }
        var entries = new Entry[ids.Length];
        List<Hash256>? missing = null;
        for (var i = 0; i < ids.Length; i++)
        {
            if (_pool.Find(ids[i]) is { } pooled) entries[i] = pooled;
            else if (node.Partial is not null && node.Partial.TryGetValue(ids[i], out var fetched)) entries[i] = fetched;
            else (missing ??= []).Add(ids[i]);
        }
        if (missing is not null)
        {
            EnsureFetch();
            if (!IsTooEarly(node.NextRequest))
            {
                node.NextRequest = _now + Patience;
                Send(node.NextSource(_parameters.Participants, Self), new GetEntriesMessage([.. missing]));
            }
            return false;
        }
        node.Entries = entries;
        node.Partial = null;
        return true;
    }

    /// <summary>True: valid. False: invalid for everybody. Null: a payload is missing.</summary>
    private bool? Judge(BlockNode node, BlockNode parent)
    {
        var header = node.Header!;
        if (parent.Status == BlockStatus.Invalid) return false;
        node.Parent = parent;
        node.Height = parent.Height + 1;
        node.Stopped = parent.Stopped || !header.SetChange.IsZero;
        if (parent.View != header.ParentView || header.TimeMs <= parent.TimeMs) return false;
        if (header.LogTimeMs != LogTime.After(parent.TimeMs, parent.LogTimeMs, header.TimeMs)) return false;
        if (header.FirstIndex != parent.SizeAfter || header.Count != node.Entries!.Length) return false;
        if (header.SizeAfter < header.FirstIndex + (ulong)header.Count) return false;
        long bytes = 0;
        foreach (var entry in node.Entries) bytes += entry.Bytes.Length;
        if (bytes > ConsensusLimits.MaxBlockBytes) return false;
        if (parent.Stopped && !_rules.AllowsEntriesAfterStop)
        {
            node.State = parent.State;
            return header.Count == 0 && header.SizeAfter == parent.SizeAfter && header.RootAfter == parent.RootAfter && header.SetChange.IsZero;
        }
        var outcome = _application.Apply(parent.State!, ContextOf(header, node.Height), node.Entries);
        if (outcome.Missing.Count > 0)
        {
            EnsureFetch();
            if (!IsTooEarly(node.NextRequest))
            {
                node.NextRequest = _now + Patience;
                _effects.Add(new FetchPayloadsEffect(outcome.Missing, node.NextSource(_parameters.Participants, Self)));
            }
            return null;
        }
        if (outcome.State is not { } state) return false;
        node.State = state;
        if (outcome.SetChange != header.SetChange) return false;
        return !_rules.ChecksRoot || (state.Size == header.SizeAfter && state.Root == header.RootAfter);
    }

    private static BlockContext ContextOf(BlockHeader header, ulong height) =>
        new(header.Epoch, header.View, height, header.TimeMs, header.LogTimeMs, header.FirstIndex);

    private void Want(Hash256 hash, View view, int source)
    {
        EnsureFetch();
        if (_wanted.TryGetValue(hash, out var wanted))
        {
            if (IsTooEarly(wanted.NextRequest)) return;
        }
        else
        {
            wanted = new WantedBlock(view, source);
            _wanted.Add(hash, wanted);
        }
        wanted.NextRequest = _now + Patience;
        Send(wanted.NextSource(_parameters.Participants, Self), new GetBlockMessage(hash, _tip.Height));
    }
}
