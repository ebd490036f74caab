using Pyrsia.Cli.Output;
using Pyrsia.Contracts.NodeApi;
using Pyrsia.Provenance.Entries;

namespace Pyrsia.Cli.Commands;

/// <summary>Says how a build ended, in words and as an exit code.</summary>
internal static class BuildVerdict
{
    /// <summary>After <c>build --wait</c>: a build that did not end well is an error.</summary>
    public static int Print(CliContext context, BuildStarted started, BuildStanding standing)
    {
        if (standing.Failure is { } failure) throw ToException(started.BuildId, failure);
        var success = standing.Success!;
        if (context.Json) context.WriteJson(new BuildRecord(started.BuildId, "verified", started.Message, standing.Quorum, started.AlreadyLogged, success, null, null, started.Coordinate, started.MappingId), CliJsonContext.Pretty.BuildRecord);
        else Tell(context, success);
        return ExitCode.Done;
    }

    public static CliException ToException(string id, string failure) =>
        new($"The build '{id}' ended as {failure}.", CodeOf(failure), AdviceOf(failure, id), ExitCodeOf(failure));

    /// <summary>For <c>build status</c>.</summary>
    public static int PrintStatus(CliContext context, string id, BuildStanding standing)
    {
        var state = standing.Success is not null ? "verified" : standing.Failure is not null ? "failed" : "running";
        if (context.Json) context.WriteJson(new BuildRecord(id, state, null, standing.Quorum, null, standing.Success, standing.Failure, standing.Phase), CliJsonContext.Pretty.BuildRecord);
        else
        {
            var word = standing.Failure is { } failure ? $"FAILED - (Error: {failure})" : standing.Success is not null ? "SUCCESS" : "RUNNING";
            context.WriteLine($"Build status for '{id}' is '{word}'");
            if (standing.Phase is { } phase) context.WriteLine($"  phase    {phase}");
            if (standing.Success is { } success) Tell(context, success);
        }
        if (standing is { Success: null, Failure: null, Quorum: false }) context.Warn("Warning: no quorum of authorities answers; the request is kept and goes on when there is one.");
        return standing.Failure is { } ended ? ExitCodeOf(ended) : ExitCode.Done;
    }

    private static void Tell(CliContext context, BuildSuccess success)
    {
        context.WriteLine($"verified {success.Coordinate}");
        context.WriteLine($"  digest   {success.Digest}");
        context.WriteLine($"  builders {string.Join(", ", success.Builders)}");
        context.WriteLine($"  log      entry {success.EntryIndex}");
    }

    private static int ExitCodeOf(string failure) => Verdict(failure) switch
    {
        EntryType.Unverified => ExitCode.PolicyNotMet,
        EntryType.Failed when Reason(failure) == FailureReason.UnknownImage => ExitCode.NotFound,
        _ => ExitCode.BuildFailed,
    };

    private static string CodeOf(string failure) => Verdict(failure) is not { } verdict ? "failed" : Reason(failure) is { } reason ? reason.ToWord() : verdict.ToWord();

    private static string AdviceOf(string failure, string id) => (Verdict(failure), Reason(failure)) switch
    {
        (EntryType.Nonreproducible, _) => "The builders saw different bytes; the log has each one's result: pyrsia inspect-log",
        (EntryType.Unverified, _) => "Too few builders answered in time; ask again.",
        (_, FailureReason.UnknownImage) => "Check the name and the tag or version.",
        (_, FailureReason.TagMoved) => "What the upstream has under this name changed meanwhile; ask again.",
        (_, FailureReason.UpstreamUnavailable) => "Try again when the upstream answers.",
        (_, FailureReason.LimitExceeded) => "Raise --max-bytes, or take fewer platforms or files.",
        (_, FailureReason.SourceUnavailable) => "Try again when the repository answers.",
        (_, FailureReason.CommitNotFound) => "Check that the commit was pushed to the repository named.",
        (_, FailureReason.ToolNotAllowed) => "Take goals, options and a builder image that the builders allow.",
        (_, FailureReason.DependencyUnverified) => $"What the build uses must be in the log first; which files are missing is in: pyrsia build logs --id {id}",
        (_, FailureReason.PlanMismatch) => "The builders found different dependencies; what they use may be changing now. Ask again.",
        (_, FailureReason.Cancelled) => "Whoever asked took it back; ask again to have it after all.",
        (_, FailureReason.BuildError or FailureReason.TimedOut or FailureReason.ResourceLimit or FailureReason.OutputRefused) => $"Its log says why: pyrsia build logs --id {id}",
        _ => "The log says more: pyrsia inspect-log",
    };

    private static EntryType? Verdict(string failure) => EntryTypes.TryParse(Part(failure, 0), out var type) && type.IsVerdict() ? type : null;

    private static FailureReason? Reason(string failure) => FailureReasons.TryParse(Part(failure, 1), out var reason) ? reason : null;

    /// <summary>A failure reads <c>verdict: reason (where)</c>, the last two left out where they do not apply.</summary>
    private static string Part(string failure, int index) => failure.Split(" (", 2)[0].Split(": ") is { } parts && index < parts.Length ? parts[index] : "";
}
