namespace Pyrsia.Authority.Storage.Postgres;

/// <summary>The one authority that a schema belongs to.</summary>
internal sealed record AuthorityRow
{
    /// <summary>The only key there is.</summary>
    internal const int OnlyId = 1;

    public int Id { get; init; } = OnlyId;

    public required byte[] ChainId { get; init; }

    public required string Name { get; init; }
}

/// <summary>A running copy of the authority, as it last said itself.</summary>
internal sealed record CopyRow
{
    public required Guid Id { get; init; }

    public required string Host { get; init; }

    public required int ProcessId { get; init; }

    public required DateTime StartedAt { get; init; }

    public required DateTime SeenAt { get; init; }
}

/// <summary>The journal of one epoch.</summary>
internal sealed record JournalRow
{
    public required long Epoch { get; init; }

    public required Guid Id { get; init; }

    public required byte[] Owner { get; init; }

    public required long Floor { get; set; }

    /// <summary>The last view for which no vote is taken any more.</summary>
    public required long Closed { get; set; }
}

/// <summary>One record of a journal, in the batch that made it durable.</summary>
internal sealed record JournalRecordRow
{
    public required long Epoch { get; init; }

    public required long Batch { get; init; }

    public required int Position { get; init; }

    public required short Kind { get; init; }

    public required byte[] Payload { get; init; }
}

/// <summary>What a slot was used for. Its key lets nobody use it twice.</summary>
internal sealed record VoteRow
{
    public required long Epoch { get; init; }

    public required long View { get; init; }

    public required short Slot { get; init; }

    public required byte[] Vote { get; init; }
}

/// <summary>A final block.</summary>
internal sealed record BlockRow
{
    public required long Height { get; init; }

    public required long Epoch { get; init; }

    public required long View { get; init; }

    public required byte[] Hash { get; init; }

    public required byte[] Block { get; init; }
}
