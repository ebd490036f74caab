using Pyrsia.Contracts;
using Pyrsia.Provenance.Notes;

namespace Pyrsia.Provenance.Verification;

/// <summary>What a verifier asks beyond what the network file asks.</summary>
public sealed record VerificationOptions
{
    /// <summary>The coordinate that must have been verified; null for any.</summary>
    public string? Coordinate { get; init; }

    /// <summary>The digest that the bundle must be about, such as that of the artifact at hand; null for any.</summary>
    public Digest? Digest { get; init; }

    /// <summary>How many builders of distinct organisations must agree; the network's threshold holds when it is higher.</summary>
    public int Threshold { get; init; }

    /// <summary>
    /// Waives the threshold, and nothing else: results that too few organisations share are accepted as what their builders say, of a verdict of any type. For
    /// who has decided to take an artifact that could not be verified.
    /// </summary>
    public bool WaiveThreshold { get; init; }

    /// <summary>A policy in place of the network file's.</summary>
    public TrustPolicy? Policy { get; init; }

    /// <summary>The present, from which the age is reckoned; null when age is not to be told.</summary>
    public DateTimeOffset? Now { get; init; }

    /// <summary>How old the checkpoint may be; null for any age. Needs <see cref="Now"/>.</summary>
    public TimeSpan? MaxAge { get; init; }
}
