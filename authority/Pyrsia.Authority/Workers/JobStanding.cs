namespace Pyrsia.Authority.Workers;

/// <summary>Where a job stands.</summary>
internal enum JobState
{
    /// <summary>It waits for a worker, for the first time or because its last one gave it back or fell silent.</summary>
    Waiting,

    /// <summary>A worker is at it.</summary>
    Running,

    /// <summary>It has its report.</summary>
    Ended,
}

/// <summary>A job of the queue, without what it carries.</summary>
/// <param name="Key">Which.</param>
/// <param name="Position">Where its request stands in the log.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Tries">How often a worker took it and did not give it back.</param>
/// <param name="Age">How long it has been there, by the database's clock.</param>
internal sealed record JobStanding(JobKey Key, long Position, JobState State, int Tries, TimeSpan Age);
