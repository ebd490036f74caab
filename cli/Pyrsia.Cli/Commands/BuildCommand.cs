using System.CommandLine;
using Pyrsia.Cli.Output;
using Pyrsia.Contracts.NodeApi;

namespace Pyrsia.Cli.Commands;

/// <summary><c>pyrsia build …</c>.</summary>
internal static class BuildCommand
{
    /// <summary>How long <c>--wait</c> waits unless told otherwise: every authority fetches the whole artifact first.</summary>
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(30);

    public static Command Create(CommandLine line)
    {
        var group = line.Group("build", "Asks the authorities for artifacts.",
            new BuildDockerCommand().Create(line), new BuildMavenCommand().Create(line), CreateStatus(line), BuildLogsCommand.Create(line), BuildCancelCommand.Create(line), BuildListCommand.Create(line), BuildRebuildCommand.Create(line), BuildDiffCommand.Create(line));
        group.Aliases.Add("-b");
        return group;
    }

    /// <summary>What every kind of request has in common: it is handed in, told, and waited for where that is wanted.</summary>
    public static void BindRequest(CommandLine line, Command command, Func<CliContext, ParseResult, CancellationToken, Task<BuildStarted>> request)
    {
        var wait = new Option<bool>("--wait") { Description = "Wait for the verdict." };
        var timeout = new Option<string?>("--timeout") { HelpName = "TIME", Description = "How long --wait waits, such as 90s or 10m; 30m unless told." };
        command.Options.Add(wait);
        command.Options.Add(timeout);
        line.Bind(command, async (context, result, cancellationToken) =>
        {
            var limit = ReadTimeout(result.GetValue(timeout));
            var started = await StartAsync(() => request(context, result, cancellationToken));
            if (!context.Json) Tell(context, started);
            if (!result.GetValue(wait))
            {
                if (context.Json) context.WriteJson(new BuildRecord(started.BuildId, "started", started.Message, started.Quorum, started.AlreadyLogged, null, null, null, started.Coordinate, started.MappingId), CliJsonContext.Pretty.BuildRecord);
                if (!started.Quorum) context.Warn("Warning: no quorum of authorities answers; the request is kept and goes on when there is one.");
                return ExitCode.Done;
            }
            var standing = await new BuildWait(context, context.Node).ForAsync(started.BuildId, limit, cancellationToken);
            return BuildVerdict.Print(context, started, standing);
        });
    }

    private static Command CreateStatus(CommandLine line)
    {
        var id = new Option<string>("--id") { HelpName = "ID", Description = "The build's id.", Required = true };
        var command = new Command("status", "Says where a build stands.") { id };
        line.Bind(command, async (context, result, cancellationToken) =>
        {
            var build = result.GetValue(id)!;
            BuildStanding standing;
            try
            {
                standing = await context.Node.BuildStatusAsync(build, cancellationToken);
            }
            catch (CliException e) when (e.ExitCode == ExitCode.NotFound)
            {
                throw new CliException($"Build status for '{build}' was not found: {e.Message}", e.Code, "The log may have it all the same: pyrsia inspect-log docker --image IMAGE, or pyrsia inspect-log maven --gav G:A:V", e.ExitCode, e);
            }
            return BuildVerdict.PrintStatus(context, build, standing);
        });
        return command;
    }

    private static async Task<BuildStarted> StartAsync(Func<Task<BuildStarted>> request)
    {
        try
        {
            return await request();
        }
        catch (CliException e) when (e.ExitCode is not (ExitCode.Unreachable or ExitCode.TimedOut))
        {
            var exitCode = e.Code == "upstream-unavailable" ? ExitCode.BuildFailed : e.ExitCode;
            throw new CliException($"Build request failed with error: {e.Message}", e.Code, e.Advice, exitCode, e);
        }
    }

    private static void Tell(CliContext context, BuildStarted started)
    {
        context.WriteLine(started.AlreadyLogged
            ? $"Build request successfully handled. {started.Message}"
            : $"Build request successfully handled. Build with ID '{started.BuildId}' has been started.");
        if (started is { AlreadyLogged: false, MappingId: not null }) context.WriteLine(started.Message);
    }

    private static TimeSpan ReadTimeout(string? text) =>
        text is null ? DefaultTimeout
        : Words.TryParseSpan(text, out var span) ? span
        : throw CliException.Usage($"'{text}' is no time.", "Write a number with s, m, h or d, such as 90s or 10m.");
}
