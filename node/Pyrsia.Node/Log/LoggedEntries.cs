using Pyrsia.Provenance.Entries;

namespace Pyrsia.Node.Log;

/// <summary>
/// Reads entries of the stored log, and keeps those that were asked for again and last: what is served often is read and parsed twice. Who goes through the log once has nothing
/// kept: it would grow old on the heap and push out what others ask for.
/// </summary>
public sealed class LoggedEntries(LogStore store)
{
    /// <summary>Bytes of the leaves that are kept; parsed they take several times as much.</summary>
    private const int MaxBytes = 1024 * 1024;

    /// <summary>What counts for each output of a list that stands beside its leaf.</summary>
    private const int OutputBytes = 256;

    /// <summary>Slots for what was asked for once: several times what is kept, in 16 KiB.</summary>
    private const int Slots = 2048;

    /// <summary>One more than the index that was asked for last of those that share a slot; 0 before the first.</summary>
    private readonly long[] _asked = new long[Slots];

    private readonly Dictionary<long, LinkedListNode<(long Index, LogEntry Entry)>> _byIndex = [];
    private readonly LinkedList<(long Index, LogEntry Entry)> _newestFirst = [];
    private readonly Lock _gate = new();
    private long _bytes;

    /// <summary>The entry at an index, with its payload where that is at hand; null for a leaf that is no entry.</summary>
    /// <exception cref="LogStoreException">What is stored is damaged.</exception>
    public LogEntry? Read(long index)
    {
        bool isAskedAgain;
        lock (_gate)
        {
            if (_byIndex.TryGetValue(index, out var kept))
            {
                _newestFirst.Remove(kept);
                _newestFirst.AddFirst(kept);
                return kept.Value.Entry;
            }
            isAskedAgain = _asked[index % Slots] == index + 1;
            _asked[index % Slots] = index + 1;
        }
        var entry = EntryReader.Read(store.ReadLeaf(index), store.ReadPayload);
        if (isAskedAgain && entry is not null && EntryReader.MissingPayload(entry) is null) Keep(index, entry);
        return entry;
    }

    private void Keep(long index, LogEntry entry)
    {
        lock (_gate)
        {
            if (_byIndex.ContainsKey(index)) return;
            _byIndex[index] = _newestFirst.AddFirst((index, entry));
            _bytes += SizeOf(entry);
            while (_bytes > MaxBytes && _newestFirst.Last is { } oldest)
            {
                _newestFirst.RemoveLast();
                _byIndex.Remove(oldest.Value.Index);
                _bytes -= SizeOf(oldest.Value.Entry);
            }
        }
    }

    private static long SizeOf(LogEntry entry) => entry.Leaf.Length + entry switch
    {
        SignedEntry { IsPayloadInline: false } signed => signed.PayloadSize,
        VerdictEntry { OutputsDigest: not null } verdict => (long)verdict.Outputs.Length * OutputBytes,
        _ => 0,
    };
}
