using System.Collections.Immutable;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Provenance.Ledger;

/// <summary>
/// What every replica knows after a prefix of the log: open requests with their commitments and results, verdicts, and what names and
/// digests answer with. An immutable value: a state per unfinalized block costs what the block changed. Given the same blocks every
/// replica derives the same verdicts; nobody can claim one.
/// </summary>
public sealed partial record LedgerState
{
    /// <summary>Most open requests; more would let askers fill the replicas' memory.</summary>
    public const int MaxOpenRequests = 4096;

    /// <summary>The most that log time advances in one block, in milliseconds: an outage of the quorum must expire nothing at once.</summary>
    public const long MaxTimeStepMs = 120_000;

    private LedgerState(GenesisDocument genesis) => (Genesis, Sets) = (genesis, [genesis.Set]);

    /// <summary>The network.</summary>
    public GenesisDocument Genesis { get; }

    /// <summary>The number of leaves, verdicts included.</summary>
    public long Size { get; private init; }

    /// <summary>The time of the last block, in milliseconds since 1970; 0 before the first.</summary>
    public long BlockTimeMs { get; private init; }

    /// <summary>Log time in milliseconds: the sum of the blocks' time steps, each at most <see cref="MaxTimeStepMs"/>.</summary>
    public long LogTimeMs { get; private init; }

    /// <summary>Open requests.</summary>
    public ImmutableDictionary<RequestId, RequestState> Open { get; private init; } = ImmutableDictionary<RequestId, RequestState>.Empty;

    private ImmutableSortedSet<(long DeadlineMs, RequestId Id)> Deadlines { get; init; } = [];

    /// <summary>The state before the first block.</summary>
    public static LedgerState Start(GenesisDocument genesis)
    {
        ArgumentNullException.ThrowIfNull(genesis);
        return new LedgerState(genesis);
    }

    /// <summary>Whether a block at that time would find a deadline passed: a due deadline is pending work.</summary>
    public bool HasDueDeadline(long blockTimeMs) => !Deadlines.IsEmpty && Deadlines[0].DeadlineMs <= LogTimeAt(blockTimeMs);

    /// <summary>The log time at which the next deadline passes; null when nothing is open.</summary>
    public long? NextDeadlineMs => Deadlines.IsEmpty ? null : Deadlines[0].DeadlineMs;

    /// <summary>Where a request stands; null when it is not logged.</summary>
    public RequestPhase? PhaseOf(RequestId id) =>
        Open.TryGetValue(id, out var open) ? open.Phase : FindClosed(id) is not null ? RequestPhase.Closed : null;

    /// <summary>Log time after a block at that time.</summary>
    private long LogTimeAt(long blockTimeMs) =>
        LogTimeMs + Math.Clamp(blockTimeMs - BlockTimeMs, 0, MaxTimeStepMs);
}
