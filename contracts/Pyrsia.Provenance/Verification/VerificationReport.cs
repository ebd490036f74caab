using System.Collections.Immutable;

namespace Pyrsia.Provenance.Verification;

/// <summary>The steps of a verification, in their order.</summary>
public enum VerificationStep
{
    /// <summary>The bundle has the one form that a bundle may have.</summary>
    Parse,

    /// <summary>The bundle is of the network file's chain.</summary>
    ChainId,

    /// <summary>The digest is an output of the verdict, and the one that was asked for.</summary>
    Digest,

    /// <summary>The agreeing results are signed by named builders and say what the verdict says.</summary>
    Attestations,

    /// <summary>Enough builders of distinct organisations agree.</summary>
    Threshold,

    /// <summary>Verdict and results are in the checkpoint's tree.</summary>
    Inclusion,

    /// <summary>The checkpoint is in its published form and meets authority set and policy.</summary>
    Quorum,

    /// <summary>The checkpoint is not older than was asked for.</summary>
    Age,
}

/// <summary>How a step ended.</summary>
public enum StepOutcome
{
    /// <summary>A step before it failed.</summary>
    NotRun,

    /// <summary>It holds.</summary>
    Passed,

    /// <summary>It does not.</summary>
    Failed,
}

/// <summary>One step with what it found, in words for people.</summary>
public sealed record StepResult(VerificationStep Step, StepOutcome Outcome, string Detail);

/// <summary>The outcome of a verification.</summary>
/// <param name="Steps">All steps, in order.</param>
/// <param name="Bundle">The bundle, once it parsed; vouched for only when <see cref="Passed"/>.</param>
/// <param name="Time">When the checkpoint was cosigned, once the quorum step passed.</param>
public sealed record VerificationReport(ImmutableArray<StepResult> Steps, ProvenanceBundle? Bundle, DateTimeOffset? Time)
{
    /// <summary>Whether every step passed.</summary>
    public bool Passed => Steps.All(step => step.Outcome == StepOutcome.Passed);

    /// <summary>The step that failed; null when all passed.</summary>
    public StepResult? Failure => Steps.FirstOrDefault(step => step.Outcome == StepOutcome.Failed);
}
