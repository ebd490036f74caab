namespace Pyrsia.Authority.Storage.Postgres;

/// <summary>A full tile of hashes, or a full bundle of entries.</summary>
internal sealed record TileRow
{
    /// <summary>What stands for a level where the row is a bundle of entries.</summary>
    internal const short EntriesLevel = -1;

    public required short Level { get; init; }

    public required long Index { get; init; }

    public required byte[] Bytes { get; init; }
}

/// <summary>A leaf after the last full bundle.</summary>
internal sealed record LeafRow
{
    public required long Index { get; init; }

    public required byte[] Leaf { get; init; }
}

/// <summary>The checkpoint, or the signatures that go with it.</summary>
internal sealed record LogDocumentRow
{
    public required string Name { get; init; }

    public required byte[] Bytes { get; init; }
}

/// <summary>A payload that leaves name by digest.</summary>
internal sealed record PayloadRow
{
    public required byte[] Digest { get; init; }

    public required byte[] Bytes { get; init; }
}
