namespace Pyrsia.Authority.Storage.Postgres;

/// <summary>A part of a build that somebody is to do. It waits, is leased to a worker, and has ended when it has a report; the authority removes it when it needs it no longer.</summary>
internal sealed record JobRow
{
    public required byte[] Request { get; init; }

    public required int Attempt { get; init; }

    public required short Phase { get; init; }

    /// <summary>Where the request stands in the log: of jobs alike in priority the older goes first.</summary>
    public required long Position { get; init; }

    public required short Priority { get; init; }

    public required byte[] BuilderImage { get; init; }

    public required byte[] RequestLeaf { get; init; }

    public required byte[]? PlanLeaf { get; init; }

    public required byte[]? PlanPayload { get; init; }

    public required DateTime QueuedAt { get; init; }

    /// <summary>How often a worker took it and did not give it back.</summary>
    public required int Tries { get; init; }

    public required Guid? Worker { get; init; }

    public required Guid? Lease { get; init; }

    public required DateTime? LeaseUntil { get; init; }

    public required DateTime? EndedAt { get; init; }

    public required byte[]? Report { get; init; }
}

/// <summary>A piece of the log of a job that runs, for who watches it. What counts is the log that the worker keeps as content.</summary>
internal sealed record JobLogRow
{
    public required Guid Lease { get; init; }

    public required int Number { get; init; }

    public required byte[] Request { get; init; }

    public required int Attempt { get; init; }

    public required short Phase { get; init; }

    public required byte[] Bytes { get; init; }
}

/// <summary>A worker, as it last said itself.</summary>
internal sealed record WorkerRow
{
    public required Guid Id { get; init; }

    public required string Peer { get; init; }

    public required string Host { get; init; }

    public required int ProcessId { get; init; }

    public required byte[][] BuilderImages { get; init; }

    public required DateTime SeenAt { get; init; }
}
