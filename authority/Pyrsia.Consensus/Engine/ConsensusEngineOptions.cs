namespace Pyrsia.Consensus;

/// <summary>What an engine runs on.</summary>
public sealed record ConsensusEngineOptions
{
    /// <summary>The place in the epoch.</summary>
    public required ConsensusParameters Parameters { get; init; }

    /// <summary>Where the epoch starts.</summary>
    public required EpochGenesis Genesis { get; init; }

    /// <summary>The application's state at <see cref="AppliedHeight"/>.</summary>
    public required IApplicationState AppliedState { get; init; }

    /// <summary>How far the application has the finalized blocks itself; the engine applies and hands over what follows.</summary>
    public ulong AppliedHeight { get; init; }

    /// <summary>Entries that the epoch before has left: accepted here, and in no block.</summary>
    public IReadOnlyList<Entry> Waiting { get; init; } = [];

    /// <summary>When the journal is begun anew, bytes: 16 MiB, so that a restart reads it in well under a second.</summary>
    public long JournalBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Messages that wait per participant; more are dropped, as the protocol repeats what matters.</summary>
    public int MaxQueuedMessages { get; init; } = 2_048;

    /// <summary>Bytes that wait per participant: 32 MiB, two of the largest messages.</summary>
    public int MaxQueuedBytes { get; init; } = 32 * 1024 * 1024;
}
