using Pyrsia.Cli.Output;
using Pyrsia.Provenance.Verification;

namespace Pyrsia.Cli.Commands;

/// <summary>Prints a verification step by step; a failed one ends the command.</summary>
internal static class VerificationOutput
{
    public static int Print(CliContext context, VerificationReport report)
    {
        if (context.Json) context.WriteJson(ToRecord(context, report), CliJsonContext.Pretty.VerificationRecord);
        else PrintSteps(context, report);
        Require(report);
        if (!context.Json)
        {
            var bundle = report.Bundle!;
            context.WriteLine($"{context.Palette.Good("Verified")} {bundle.Coordinate}");
            context.WriteLine($"  digest     {bundle.Digest}");
            context.WriteLine($"  checkpoint {Words.Time(report.Time!.Value)}, {Words.Age(context.Time.GetUtcNow() - report.Time.Value)} old");
        }
        return ExitCode.Done;
    }

    /// <summary>Ends the command where a step failed.</summary>
    /// <exception cref="CliException">A step failed.</exception>
    public static void Require(VerificationReport report)
    {
        if (report.Failure is not { } failure) return;
        var step = NameOf(failure.Step);
        throw failure.Step == VerificationStep.Age
            ? new CliException($"The proof is older than you allow: {failure.Detail}.", step, "Fetch a newer one, or allow a higher --max-age.", ExitCode.PolicyNotMet)
            : new CliException($"Verification failed at {step}: {failure.Detail}.", step, "Do not use the artifact. Check that bundle, artifact and network file belong together.", ExitCode.VerificationFailed);
    }

    public static string NameOf(VerificationStep step) => step == VerificationStep.ChainId ? "chain-id" : step.ToString().ToLowerInvariant();

    private static void PrintSteps(CliContext context, VerificationReport report)
    {
        foreach (var step in report.Steps)
        {
            var mark = step.Outcome switch
            {
                StepOutcome.Passed => context.Palette.Good("✓"),
                StepOutcome.Failed => context.Palette.Bad("✗"),
                _ => context.Palette.Faint("-"),
            };
            context.WriteLine($"{mark} {NameOf(step.Step),-12} {step.Detail}");
        }
    }

    private static VerificationRecord ToRecord(CliContext context, VerificationReport report) => new(
        report.Passed, report.Bundle?.Coordinate, report.Bundle?.Digest.ToString(), report.Time,
        report.Time is { } time ? (long)(context.Time.GetUtcNow() - time).TotalSeconds : null,
        [.. report.Steps.Select(s => new StepRecord(NameOf(s.Step), s.Outcome switch { StepOutcome.Passed => "passed", StepOutcome.Failed => "failed", _ => "not-run" }, s.Detail))]);
}
