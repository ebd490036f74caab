namespace Pyrsia.Provenance.Ledger;

/// <summary>Why an entry may not be logged now.</summary>
public enum EntryFault
{
    /// <summary>It may.</summary>
    None,

    /// <summary>Verdicts are derived, never submitted.</summary>
    NotSubmittable,

    /// <summary>The payload that the entry names by digest is not at hand.</summary>
    PayloadMissing,

    /// <summary>The signature does not verify.</summary>
    BadSignature,

    /// <summary>It is for another network.</summary>
    WrongChain,

    /// <summary>An entry with the same type, request, attempt and builder is logged.</summary>
    Duplicate,

    /// <summary>The request is not logged.</summary>
    UnknownRequest,

    /// <summary>The request has its verdict, or the mapping its quorum.</summary>
    RequestClosed,

    /// <summary>The attempt is not the open one.</summary>
    WrongAttempt,

    /// <summary>The signer is not a builder that was chosen for the request.</summary>
    NotChosen,

    /// <summary>The key is not the one that this entry must be signed with.</summary>
    WrongKey,

    /// <summary>Commitments are closed.</summary>
    CommitmentsClosed,

    /// <summary>Commitments are open: results do not count yet.</summary>
    CommitmentsOpen,

    /// <summary>The builder has committed and cannot fail any more, or has failed and cannot commit any more.</summary>
    AlreadyDecided,

    /// <summary>The builder has not committed.</summary>
    NotCommitted,

    /// <summary>The result is not the one that was committed to.</summary>
    CommitmentMismatch,

    /// <summary>The result is of another reference, digest, platform or limit than the request's.</summary>
    NotTheRequest,

    /// <summary>The outputs are larger than the request allows.</summary>
    LimitExceeded,

    /// <summary>The threshold is below the network's, or beyond what its builders can reach.</summary>
    BadThreshold,

    /// <summary>The coordinate is not that of the reference.</summary>
    BadCoordinate,

    /// <summary>The naming rules do not let this kind answer for the coordinate.</summary>
    WrongKind,

    /// <summary>Too many requests are open.</summary>
    TooManyOpenRequests,

    /// <summary>No mapping says that the coordinate is built from that source.</summary>
    NotMapped,

    /// <summary>The source's address is not https, and this is no test network.</summary>
    SourceNotHttps,

    /// <summary>Builders have agreed on a plan, or had their time for it.</summary>
    PlanningClosed,

    /// <summary>The builders have not agreed on a plan yet.</summary>
    PlanningOpen,

    /// <summary>The plan is of another source, builder image, time or lock than the specification's.</summary>
    PlanMismatch,

    /// <summary>The plan wants a file that the log has not verified.</summary>
    UnverifiedDependency,

    /// <summary>The mapping proposal is not logged.</summary>
    UnknownProposal,

    /// <summary>The signer is not the authority that it says.</summary>
    NotAnAuthority,

    /// <summary>Somebody else asked for what is to be cancelled.</summary>
    NotTheAsker,

    /// <summary>The set is for another epoch than the next.</summary>
    WrongEpoch,

    /// <summary>The authorities are no set: too few, a name or key twice, or nothing that changes.</summary>
    BadSet,

    /// <summary>An authority that enters, or changes, does not prove that it has its key; or one that stays proves what it need not.</summary>
    NoPossession,

    /// <summary>A vote key that enters was in a set before.</summary>
    KeyUsedBefore,

    /// <summary>So many authorities would change that those who stay are no quorum, of the sitting set or of the next.</summary>
    TooManyChanges,

    /// <summary>The block has decided on another set; the entry waits for the next epoch.</summary>
    EpochEnds,
}
