namespace Pyrsia.Consensus;

/// <summary>
/// Entries that another participant handed on and whose payload is on its way. Fetched before a leader proposes them: else only the participants that have the payload could lead with
/// them, and everybody would wait for those to have their turn. Bounded per source and block, since nothing of such an entry is verified yet.
/// </summary>
internal sealed class HeldEntries(int participants)
{
    private readonly List<Held> _held = [];
    private readonly int[] _taken = new int[participants];

    /// <summary>What waits, oldest first; a copy, which may be changed under the reader.</summary>
    public IReadOnlyList<Held> Waiting => [.. _held];

    /// <summary>Takes an entry in, or again; false when its source has had its share until the next block.</summary>
    public bool TryHold(Entry entry, int source)
    {
        if (_taken[source] >= ConsensusLimits.MaxHeldPerBlock) return false;
        _taken[source]++;
        if (_held.All(held => held.Entry.Id != entry.Id)) _held.Add(new Held(entry, source));
        return true;
    }

    /// <summary>The entry need not wait any more.</summary>
    public void Release(Held held) => _held.Remove(held);

    /// <summary>A block is final: every source has its share anew, and what waited all through it is forgotten, since its source hands it on again.</summary>
    public void OnCommitted()
    {
        Array.Clear(_taken);
        _held.RemoveAll(held => held.HasSeenBlock);
        foreach (var held in _held) held.HasSeenBlock = true;
    }

    internal sealed class Held(Entry entry, int source)
    {
        public Entry Entry { get; } = entry;

        public int Source { get; } = source;

        public bool HasSeenBlock { get; set; }
    }
}
