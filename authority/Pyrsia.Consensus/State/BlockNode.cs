namespace Pyrsia.Consensus;

/// <summary>A block that is not final yet, or the last final one, and what is known about it.</summary>
internal sealed class BlockNode
{
    private BlockNode(Hash256 hash, View view) => (Hash, View) = (hash, view);

    public BlockNode(BlockHeader header, Justification justification)
        : this(header.Hash, header.View)
    {
        (Header, Justification) = (header, justification);
        (TimeMs, LogTimeMs, SizeAfter, RootAfter) = (header.TimeMs, header.LogTimeMs, header.SizeAfter, header.RootAfter);
    }

    public Hash256 Hash { get; }

    public View View { get; }

    /// <summary>Null for the genesis only.</summary>
    public BlockHeader? Header { get; }

    public Justification? Justification { get; }

    public Hash256[]? EntryIds { get; set; }

    /// <summary>Null until all are here.</summary>
    public Entry[]? Entries { get; set; }

    public BlockNode? Parent { get; set; }

    public ulong Height { get; set; }

    public IApplicationState? State { get; set; }

    public BlockStatus Status { get; set; }

    /// <summary>Whether the body is in the journal or in the finalized store.</summary>
    public bool Persisted { get; set; }

    /// <summary>Whether this block or one above it in the epoch names a new set: nothing may be logged after it.</summary>
    public bool Stopped { get; set; }

    /// <summary>Entries that were fetched for this block and are in no pool.</summary>
    public Dictionary<Hash256, Entry>? Partial { get; set; }

    /// <summary>Bytes in <see cref="Partial"/>, bounded like a block's.</summary>
    public int PartialBytes { get; set; }

    /// <summary>Who should have what this block lacks.</summary>
    public int Source { get; set; }

    /// <summary>When to ask again for what is missing, Unix milliseconds.</summary>
    public long NextRequest { get; set; }

    public long TimeMs { get; private init; }

    public long LogTimeMs { get; private init; }

    public ulong SizeAfter { get; private init; }

    public Hash256 RootAfter { get; private init; }

    public int NextSource(int participants, int self)
    {
        var source = Source;
        var next = Sources.Next(ref source, participants, self);
        Source = source;
        return next;
    }

    public static BlockNode Genesis(EpochGenesis genesis, IApplicationState state) => new(genesis.Hash, View.Genesis)
    {
        Height = genesis.Height,
        TimeMs = genesis.TimeMs,
        LogTimeMs = genesis.LogTimeMs,
        SizeAfter = genesis.Size,
        RootAfter = genesis.Root,
        State = state,
        Status = BlockStatus.Valid,
        Persisted = true,
        Entries = [],
    };
}
