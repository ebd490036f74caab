using System.CommandLine;
using Pyrsia.Cli.Output;

namespace Pyrsia.Cli.Commands;

/// <summary><c>pyrsia build cancel</c>: takes a request back.</summary>
internal static class BuildCancelCommand
{
    public static Command Create(CommandLine line)
    {
        var id = new Option<string>("--id") { HelpName = "ID", Description = "The build's id.", Required = true };
        var command = new Command("cancel", "Takes back a request of this node that has no verdict yet. Its verdict is failed: cancelled.") { id };
        line.Bind(command, async (context, result, cancellationToken) =>
        {
            var build = result.GetValue(id)!;
            var cancelled = await context.Node.CancelBuildAsync(build, cancellationToken);
            if (context.Json) context.WriteJson(new BuildRecord(build, "cancelling", cancelled.Message, cancelled.Quorum, null, null, null, null), CliJsonContext.Pretty.BuildRecord);
            else context.WriteLine($"The cancellation of the build '{build}' is handed in. {cancelled.Message}");
            return ExitCode.Done;
        });
        return command;
    }
}
