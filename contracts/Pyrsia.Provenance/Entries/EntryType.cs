namespace Pyrsia.Provenance.Entries;

/// <summary>What a log entry is.</summary>
public enum EntryType
{
    /// <summary>Somebody asks for an artifact; signed by the asker.</summary>
    BuildRequest,

    /// <summary>A builder has a result and binds itself to it; signed by the builder.</summary>
    Commitment,

    /// <summary>A builder reveals its result; signed by the builder.</summary>
    BuildResult,

    /// <summary>A builder could not obtain a result; signed by the builder.</summary>
    BuildFailed,

    /// <summary>A builder says what it is about to build with; signed by the builder.</summary>
    BuildPlan,

    /// <summary>Somebody says from which source coordinates are built; signed by whoever says so.</summary>
    MappingProposal,

    /// <summary>An authority approves a mapping; signed with its vote key.</summary>
    MappingApproval,

    /// <summary>The asker takes a request back; signed by the asker.</summary>
    BuildCancellation,

    /// <summary>An authority proposes the authorities of the next epoch; signed with its vote key.</summary>
    SetProposal,

    /// <summary>An authority approves the authorities of the next epoch; signed with its vote key.</summary>
    SetApproval,

    /// <summary>k builders agree; derived.</summary>
    Verified,

    /// <summary>Enough builders answered and no k of them agree; derived.</summary>
    Nonreproducible,

    /// <summary>So many builders failed that no k can agree, or the asker took the request back; derived.</summary>
    Failed,

    /// <summary>Too few builders answered in time; derived.</summary>
    Unverified,

    /// <summary>A quorum of the authorities has decided who they are from the next block on; derived.</summary>
    SetChange,
}

/// <summary>The words that leaves use for the types.</summary>
public static class EntryTypes
{
    private static readonly string[] Words =
        ["build-request", "commitment", "build-result", "build-failed", "build-plan", "mapping-proposal", "mapping-approval", "build-cancellation",
            "set-proposal", "set-approval", "verified", "nonreproducible", "failed", "unverified", "set-change"];

    /// <summary>Whether it is a verdict on a request.</summary>
    public static bool IsVerdict(this EntryType type) => type is >= EntryType.Verified and <= EntryType.Unverified;

    /// <summary>Whether every replica derives it, rather than somebody signing it.</summary>
    public static bool IsDerived(this EntryType type) => type >= EntryType.Verified;

    /// <summary>The word for a type.</summary>
    public static string ToWord(this EntryType type) => Words[(int)type];

    /// <summary>The type of a word.</summary>
    public static bool TryParse(string word, out EntryType type)
    {
        var index = Array.IndexOf(Words, word);
        type = (EntryType)Math.Max(index, 0);
        return index >= 0;
    }

    /// <summary>The DSSE payload type under which a signed entry's payload is signed.</summary>
    public static string PayloadType(this EntryType type) =>
        type == EntryType.BuildResult ? Attestations.Dsse.InTotoPayloadType : $"application/vnd.pyrsia.{type.ToWord()}.v1+json";
}
