using Pyrsia.Provenance.Attestations;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Packages;

namespace Pyrsia.Provenance.Ledger;

public sealed partial record LedgerState
{
    /// <summary>Whether an entry may be logged in a block at <paramref name="blockTimeMs"/> that follows this state, signature included.</summary>
    public EntryFault CheckEntry(LogEntry entry, long blockTimeMs)
    {
        var fault = CheckSigned(entry);
        return fault == EntryFault.None ? AtTime(blockTimeMs).CheckRules((SignedEntry)entry) : fault;
    }

    /// <summary>What does not depend on the state: the entry is a signed one, complete, and its signature verifies.</summary>
    public static EntryFault CheckSigned(LogEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (entry is not SignedEntry signed)
            return EntryFault.NotSubmittable;
        if (signed.Body is null)
            return EntryFault.PayloadMissing;
        return signed.VerifySignature() ? EntryFault.None : EntryFault.BadSignature;
    }

    /// <summary>What does depend on the state; the signature is taken as verified.</summary>
    public EntryFault CheckRules(SignedEntry entry) => NextSet is not null ? EntryFault.EpochEnds : entry.Body switch
    {
        BuildRequest request => CheckRequest(entry, request),
        MappingProposal proposal => CheckProposal(entry, proposal),
        MappingApproval approval => CheckApproval(entry, approval),
        SetProposal proposal => CheckSetProposal(entry, proposal),
        SetApproval approval => CheckSetApproval(entry, approval),
        BuildCancellation cancellation => CheckCancellation(entry, cancellation),
        BuildPlan plan => CheckBuilder(entry, plan, (state, builder) => CheckPlan(state, builder, plan)),
        Commitment commitment => CheckBuilder(entry, commitment, CheckCommitment),
        BuildFailed failed => CheckBuilder(entry, failed, CheckFailure),
        ResultStatement statement => CheckBuilder(entry, statement, (state, builder) => CheckResult(state, builder, entry, statement)),
        _ => EntryFault.NotSubmittable,
    };

    private EntryFault CheckRequest(SignedEntry entry, BuildRequest request)
    {
        var id = new RequestId(entry.PayloadDigest);
        if (request.ChainId != Genesis.ChainId)
            return EntryFault.WrongChain;
        if (Open.ContainsKey(id) || FindClosed(id) is not null)
            return EntryFault.Duplicate;
        if (entry.Signer.Ed25519 is null || !entry.Signer.Ed25519.Equals(request.Asker))
            return EntryFault.WrongKey;
        if (request.Kind != Genesis.KindOf(request.Coordinate))
            return EntryFault.WrongKind;
        var named = request.Kind == ArtifactKind.Built ? CheckSource(request) : NamesReference(request) ? EntryFault.None : EntryFault.BadCoordinate;
        if (named != EntryFault.None)
            return named;
        var organisations = Genesis.Builders.Select(b => b.Organisation).Distinct(StringComparer.Ordinal).Count();
        if (request.Threshold < Genesis.Threshold || request.Threshold + Genesis.FaultTolerance > organisations)
            return EntryFault.BadThreshold;
        return Open.Count < MaxOpenRequests ? EntryFault.None : EntryFault.TooManyOpenRequests;
    }

    private EntryFault CheckCancellation(SignedEntry entry, BuildCancellation cancellation)
    {
        if (entry.Signer.Ed25519 is null || !entry.Signer.Ed25519.Equals(cancellation.Asker))
            return EntryFault.WrongKey;
        if (!Open.TryGetValue(cancellation.Request, out var state))
            return FindClosed(cancellation.Request) is not null ? EntryFault.RequestClosed : EntryFault.UnknownRequest;
        if (!state.Request.Asker.Equals(cancellation.Asker))
            return EntryFault.NotTheAsker;
        return state.IsCancelled ? EntryFault.Duplicate : EntryFault.None;
    }

    private EntryFault CheckBuilder(SignedEntry entry, BuilderEntry body, Func<RequestState, int, EntryFault> check)
    {
        if (!Open.TryGetValue(body.Request, out var state))
            return FindClosed(body.Request) is not null ? EntryFault.RequestClosed : EntryFault.UnknownRequest;
        if (body.Attempt != state.Attempt)
            return EntryFault.WrongAttempt;
        var chosen = state.Builders.Where(i => Genesis.Builders[i].Name == body.Builder).ToArray();
        if (chosen.Length != 1)
            return EntryFault.NotChosen;
        return entry.Signer.P256 is { } key && key.Equals(Genesis.Builders[chosen[0]].Key) ? check(state, chosen[0]) : EntryFault.WrongKey;
    }

    private EntryFault CheckCommitment(RequestState state, int builder)
    {
        if (state.Commitments.ContainsKey(builder))
            return EntryFault.Duplicate;
        if (state.Failures.ContainsKey(builder))
            return EntryFault.AlreadyDecided;
        if (state.Phase == RequestPhase.Planning)
            return EntryFault.PlanningOpen;
        return state.Phase == RequestPhase.Committing && LogTimeMs < state.DeadlineMs ? EntryFault.None : EntryFault.CommitmentsClosed;
    }

    private EntryFault CheckFailure(RequestState state, int builder)
    {
        if (state.Failures.ContainsKey(builder))
            return EntryFault.Duplicate;
        if (state.Commitments.ContainsKey(builder))
            return EntryFault.AlreadyDecided;
        return state.Phase != RequestPhase.Revealing && LogTimeMs < state.DeadlineMs ? EntryFault.None : EntryFault.CommitmentsClosed;
    }

    private EntryFault CheckResult(RequestState state, int builder, SignedEntry entry, ResultStatement statement)
    {
        if (state.Results.ContainsKey(builder))
            return EntryFault.Duplicate;
        if (statement.Run.ChainId != Genesis.ChainId || statement.Run.Origin != Genesis.Origin)
            return EntryFault.WrongChain;
        if (!state.Commitments.TryGetValue(builder, out var commitment))
            return EntryFault.NotCommitted;
        if (state.Phase != RequestPhase.Revealing)
            return EntryFault.CommitmentsOpen;
        var opened = Commitment.Compute(Genesis.ChainId, state.Id, state.Attempt, Genesis.Builders[builder].Key, entry.Nonce.Span, entry.Payload.Span);
        if (opened != commitment.Value)
            return EntryFault.CommitmentMismatch;
        if (statement.Coordinate != state.Request.Coordinate || !statement.Answers(state.Request))
            return EntryFault.NotTheRequest;
        if (statement is SourceBuildStatement built && built.PlanContent != state.Plan!.Content)
            return EntryFault.PlanMismatch;
        return TotalBytes(statement.Outputs) <= state.Request.MaxBytes ? EntryFault.None : EntryFault.LimitExceeded;
    }

    /// <summary>What a build may name: what a mapping binds to exactly its source, or nothing but its own specification.</summary>
    private EntryFault CheckSource(BuildRequest request)
    {
        var specification = request.Specification!;
        if (request.Digest != specification.Digest || request.Reference != specification.Source.ToString() || !request.Variants.IsEmpty)
            return EntryFault.BadCoordinate;
        if (!specification.Source.IsSecure && !Genesis.TestNetwork)
            return EntryFault.SourceNotHttps;
        if (Coordinate.IsSource(request.Coordinate))
            return request.Coordinate == Coordinate.OfSource(specification.Digest) ? EntryFault.None : EntryFault.BadCoordinate;
        if (request.Coordinate != specification.Artifacts[0].Coordinate)
            return EntryFault.BadCoordinate;
        if (specification.Artifacts.Any(a => Genesis.KindOf(a.Coordinate) != ArtifactKind.Built))
            return EntryFault.WrongKind;
        var source = specification.Source.Digest;
        return specification.Artifacts.All(a => FindMapping(a.Coordinate) is { } mapped && mapped.Source == source) ? EntryFault.None : EntryFault.NotMapped;
    }

    private EntryFault CheckPlan(RequestState state, int builder, BuildPlan plan)
    {
        if (state.Plans.ContainsKey(builder))
            return EntryFault.Duplicate;
        if (state.Failures.ContainsKey(builder))
            return EntryFault.AlreadyDecided;
        if (state.Phase != RequestPhase.Planning || LogTimeMs >= state.DeadlineMs)
            return EntryFault.PlanningClosed;
        var specification = state.Request.Specification!;
        if (plan.Revision != specification.Source.Revision || plan.BuilderImage != specification.BuilderImage
            || (specification.OutputTimestamp is { } time && time != plan.OutputTimestamp) || (specification.Lock is { } wanted && wanted != plan.Lock.Digest))
            return EntryFault.PlanMismatch;
        return plan.Lock.Files.All(file => IsVerified(file.Digest)) ? EntryFault.None : EntryFault.UnverifiedDependency;
    }

    private static bool NamesReference(BuildRequest request) =>
        PackageNames.Split(request.Coordinate) is var (names, name) && names.HasUpstream && name == request.Reference
        && (names.DigestIn(name) is not { } digest || digest == request.Digest);

    private static long TotalBytes(IEnumerable<ArtifactOutput> outputs) => outputs.Sum(o => o.Size);
}
