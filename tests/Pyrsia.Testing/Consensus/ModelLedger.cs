using System.Buffers.Binary;
using Pyrsia.Consensus;

namespace Pyrsia.Testing.Consensus;

/// <summary>
/// A small ledger with everything that the real one asks of consensus: entries with a key that is not their hash, leaves derived from
/// entries and from deadlines in log time, payloads that must be here before a vote, and set changes.
/// <code>entry: kind 1 | key 8 | filler</code>
/// </summary>
public sealed class ModelLedger(HashSet<ulong>? payloads = null) : IBlockApplication
{
    /// <summary>Log time from an entry with a deadline to the leaf that it derives, milliseconds.</summary>
    public const long DeadlineMs = 400;

    public ModelState Genesis { get; } = new(null, 0, default, [], 0, null);

    public static Entry Make(ModelEntryKind kind, ulong key, byte filler = 0)
    {
        var bytes = new byte[10];
        bytes[0] = (byte)kind;
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(1), key);
        bytes[9] = filler;
        return new Entry(bytes);
    }

    public static ulong KeyOf(Entry entry) => BinaryPrimitives.ReadUInt64BigEndian(entry.Bytes.Span[1..]);

    public static ModelEntryKind KindOf(Entry entry) => (ModelEntryKind)entry.Bytes.Span[0];

    public bool TryAdmit(Entry entry, out Hash256 key, out Hash256? missing)
    {
        (key, missing) = (default, null);
        if (!IsEntry(entry)) return false;
        var name = NameOf(entry);
        if (IsWithoutPayload(entry)) missing = name;
        else key = name;
        return missing is null;
    }

    public bool IsLogged(IApplicationState state, Entry entry, Hash256 key)
    {
        Span<byte> bytes = stackalloc byte[Hash256.Size];
        key.CopyTo(bytes);
        return ((ModelState)state).Contains(BinaryPrimitives.ReadUInt64BigEndian(bytes));
    }

    public IReadOnlyList<Entry> Select(IApplicationState parent, BlockContext context, IReadOnlyList<Entry> pending)
    {
        if (payloads is null) return pending;
        return pending.Where(e => !IsWithoutPayload(e)).ToArray();
    }

    /// <summary>Height of the last block that was handed in as final before.</summary>
    public ulong Replayed { get; private set; }

    public BlockOutcome Replay(IApplicationState parent, BlockContext context, IReadOnlyList<Entry> entries)
    {
        Replayed = context.Height;
        return Apply(parent, context, entries);
    }

    public BlockOutcome Apply(IApplicationState parent, BlockContext context, IReadOnlyList<Entry> entries)
    {
        var before = (ModelState)parent;
        var keys = entries.Count == 0 ? [] : new ulong[entries.Count];
        var (size, root, deadline) = (before.Size, before.Root, before.Deadline);
        var setChange = default(Hash256);
        List<Hash256>? missing = null;
        for (var i = 0; i < keys.Length; i++)
        {
            var entry = entries[i];
            if (!IsEntry(entry)) return BlockOutcome.Invalid("not an entry");
            var key = KeyOf(entry);
            if (before.Contains(key) || keys.AsSpan(0, i).Contains(key)) return BlockOutcome.Invalid("logged twice");
            keys[i] = key;
            (size, root) = (size + 1, ModelState.Extend(root, key));
            var kind = KindOf(entry);
            if (kind == ModelEntryKind.WithDeadline) deadline ??= context.LogTimeMs + DeadlineMs;
            if (IsWithoutPayload(entry)) (missing ??= []).Add(NameOf(entry));
            if (kind == ModelEntryKind.SetChange) setChange = NameOf(entry);
        }
        if (missing is not null) return BlockOutcome.Needs(missing);
        if (deadline <= context.LogTimeMs) (size, root, deadline) = (size + 1, ModelState.Extend(root, ulong.MaxValue), null);
        return BlockOutcome.Valid(new ModelState(before, size, root, keys, before.Depth + 1, deadline), setChange);
    }

    public long? NextDeadlineMs(IApplicationState state) => ((ModelState)state).Deadline;

    public void Finalized(IApplicationState state)
    {
    }

    private static bool IsEntry(Entry entry) => entry.Bytes.Length == 10 && KindOf(entry) <= ModelEntryKind.SetChange;

    private static Hash256 NameOf(Entry entry)
    {
        Span<byte> bytes = stackalloc byte[Hash256.Size];
        bytes.Clear();
        BinaryPrimitives.WriteUInt64BigEndian(bytes, KeyOf(entry));
        return new Hash256(bytes);
    }

    private bool IsWithoutPayload(Entry entry) => KindOf(entry) == ModelEntryKind.WithPayload && payloads?.Contains(KeyOf(entry)) == false;
}
