using System.Collections.Immutable;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;

namespace Pyrsia.Provenance.Ledger;

/// <summary>A result that counts.</summary>
/// <param name="Index">Where it stands in the log.</param>
/// <param name="OutputsDigest">The digest of its canonical list of outputs: equal digests are agreement.</param>
/// <param name="Outputs">The outputs.</param>
/// <param name="Root">What the coordinate resolves to.</param>
/// <param name="AlsoNames">Further coordinates that the outputs answer to.</param>
public sealed record RevealedResult(long Index, Digest OutputsDigest, ImmutableArray<ArtifactOutput> Outputs, Digest Root, ImmutableArray<NamedRoot> AlsoNames);

/// <summary>A plan that counts.</summary>
/// <param name="Index">Where it stands in the log.</param>
/// <param name="Content">What builders agree about: equal contents are agreement.</param>
public sealed record RecordedPlan(long Index, Digest Content);

/// <summary>A failure that counts.</summary>
public sealed record RecordedFailure(long Index, FailureReason Reason, string Message);

/// <summary>A commitment that counts.</summary>
public sealed record RecordedCommitment(long Index, Digest Value);

/// <summary>Where a request stands.</summary>
public enum RequestPhase
{
    /// <summary>Builders of a source say what they are about to build with.</summary>
    Planning,

    /// <summary>Builders work and commit.</summary>
    Committing,

    /// <summary>Commitments are closed; results are revealed.</summary>
    Revealing,

    /// <summary>The verdict is logged.</summary>
    Closed,
}

/// <summary>An open request, as the log has it.</summary>
public sealed record RequestState
{
    /// <summary>The request's id.</summary>
    public required RequestId Id { get; init; }

    /// <summary>What was asked.</summary>
    public required BuildRequest Request { get; init; }

    /// <summary>Where it stands in the log.</summary>
    public required long Index { get; init; }

    /// <summary>The time of the block that opened it, in milliseconds since 1970.</summary>
    public required long OpenedMs { get; init; }

    /// <summary>k: the larger of the network's and the request's threshold.</summary>
    public required int Threshold { get; init; }

    /// <summary>The chosen builders, as indices into the genesis document's.</summary>
    public required ImmutableArray<int> Builders { get; init; }

    /// <summary>The open attempt.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>Where it stands.</summary>
    public required RequestPhase Phase { get; init; }

    /// <summary>When the phase ends, in log time.</summary>
    public required long DeadlineMs { get; init; }

    /// <summary>Whether the asker took it back; the block's verdicts say so.</summary>
    public bool IsCancelled { get; init; }

    /// <summary>How many builders have done their part of the phase, and how many end it; more may be at work, and are not waited for.</summary>
    /// <param name="faultTolerance">The network's f.</param>
    public (int Done, int Of) Progress(int faultTolerance) => Phase switch
    {
        RequestPhase.Planning => (Math.Min(Plans.Count, Threshold), Threshold),
        RequestPhase.Committing => (Commitments.Count, Math.Min(Threshold + faultTolerance, Builders.Length)),
        _ => (Results.Count, Commitments.Count),
    };

    /// <summary>Plans by builder index.</summary>
    public ImmutableSortedDictionary<int, RecordedPlan> Plans { get; init; } = ImmutableSortedDictionary<int, RecordedPlan>.Empty;

    /// <summary>What k builders agreed to build with; null before, and for what is notarized.</summary>
    public BuildPlan? Plan { get; init; }

    /// <summary>Commitments by builder index.</summary>
    public ImmutableSortedDictionary<int, RecordedCommitment> Commitments { get; init; } = ImmutableSortedDictionary<int, RecordedCommitment>.Empty;

    /// <summary>Results by builder index.</summary>
    public ImmutableSortedDictionary<int, RevealedResult> Results { get; init; } = ImmutableSortedDictionary<int, RevealedResult>.Empty;

    /// <summary>Failures by builder index.</summary>
    public ImmutableSortedDictionary<int, RecordedFailure> Failures { get; init; } = ImmutableSortedDictionary<int, RecordedFailure>.Empty;
}

/// <summary>A request that has its verdict.</summary>
/// <param name="Verdict">The verdict.</param>
/// <param name="VerdictIndex">Where the verdict stands in the log.</param>
public readonly record struct ClosedRequest(EntryType Verdict, long VerdictIndex);

/// <summary>What an immutable coordinate answers with.</summary>
/// <param name="VerdictIndex">Where the verdict stands in the log.</param>
/// <param name="Outputs">The digest of the list of its files.</param>
public readonly record struct NameAnswer(long VerdictIndex, Digest Outputs);
