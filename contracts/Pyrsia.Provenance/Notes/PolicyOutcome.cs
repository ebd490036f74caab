namespace Pyrsia.Provenance.Notes;

/// <summary>What a policy says of a checkpoint.</summary>
/// <param name="Log">The log that signed it; null when none of the policy did.</param>
/// <param name="CosignedAt">The valid cosignatures: a witness' name and its time in seconds since 1970.</param>
/// <param name="QuorumMet">Whether the cosignatures meet the quorum rule.</param>
public sealed record PolicyOutcome(PolicyLog? Log, IReadOnlyDictionary<string, long> CosignedAt, bool QuorumMet)
{
    /// <summary>Whether the policy accepts the checkpoint: signed by a log of it, and the quorum met.</summary>
    public bool Accepted => Log is not null && QuorumMet;
}
