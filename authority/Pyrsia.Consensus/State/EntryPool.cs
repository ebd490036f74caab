namespace Pyrsia.Consensus;

/// <summary>Entries that wait to be logged, oldest first; bounded in number and bytes, and per source, so that nobody fills it alone.</summary>
internal sealed class EntryPool(int participants)
{
    private readonly LinkedList<Pooled> _order = [];
    private readonly Dictionary<Hash256, LinkedListNode<Pooled>> _byKey = [];
    private readonly Dictionary<Hash256, LinkedListNode<Pooled>> _byId = [];
    private readonly int[] _entriesOf = new int[participants];
    private readonly int[] _bytesOf = new int[participants];

    public int Count => _order.Count;

    public Entry? Find(Hash256 id) => _byId.TryGetValue(id, out var node) ? node.Value.Entry : null;

    /// <summary>Takes an entry in that is well-formed and not logged yet. One whose payload is not here is invalid for now, and the payload named.</summary>
    public SubmitResult Add(Entry entry, int source, bool isLocal, IBlockApplication application, IApplicationState state, out Hash256? missing)
    {
        missing = null;
        if (_byId.ContainsKey(entry.Id)) return SubmitResult.Pending;
        if (_entriesOf[source] >= ConsensusLimits.MaxPoolEntries / participants
            || _bytesOf[source] + entry.Bytes.Length > ConsensusLimits.MaxPoolBytes / participants) return SubmitResult.Full;
        if (!application.TryAdmit(entry, out var key, out missing)) return SubmitResult.Invalid;
        if (_byKey.ContainsKey(key)) return SubmitResult.Pending;
        if (application.IsLogged(state, entry, key)) return SubmitResult.Logged;
        var node = _order.AddLast(new Pooled(entry, key, source, isLocal));
        _byId.Add(entry.Id, node);
        _byKey.Add(key, node);
        _entriesOf[source]++;
        _bytesOf[source] += entry.Bytes.Length;
        return SubmitResult.Accepted;
    }

    /// <summary>As much as one block takes of what is not in the log of this state.</summary>
    public List<Entry> Offer(IBlockApplication application, IApplicationState state)
    {
        var offered = new List<Entry>();
        var bytes = 0;
        foreach (var pooled in _order)
        {
            if (offered.Count == ConsensusLimits.MaxBlockEntries) break;
            if (application.IsLogged(state, pooled.Entry, pooled.Key)) continue;
            bytes += pooled.Entry.Bytes.Length;
            if (bytes > ConsensusLimits.MaxBlockBytes) break;
            offered.Add(pooled.Entry);
        }
        return offered;
    }

    /// <summary>Entries that clients handed in here, oldest first.</summary>
    public IEnumerable<Entry> Local(int max) => _order.Where(p => p.IsLocal).Take(max).Select(p => p.Entry);

    public void RemoveLogged(IBlockApplication application, IApplicationState state)
    {
        for (var node = _order.First; node is not null;)
        {
            var next = node.Next;
            if (application.IsLogged(state, node.Value.Entry, node.Value.Key)) Remove(node);
            node = next;
        }
    }

    private void Remove(LinkedListNode<Pooled> node)
    {
        var pooled = node.Value;
        _order.Remove(node);
        _byId.Remove(pooled.Entry.Id);
        _byKey.Remove(pooled.Key);
        _entriesOf[pooled.Source]--;
        _bytesOf[pooled.Source] -= pooled.Entry.Bytes.Length;
    }

    private sealed record Pooled(Entry Entry, Hash256 Key, int Source, bool IsLocal);
}
