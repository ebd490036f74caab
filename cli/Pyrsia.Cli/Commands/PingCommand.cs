using System.CommandLine;
using Pyrsia.Cli.Output;

namespace Pyrsia.Cli.Commands;

/// <summary><c>pyrsia ping</c>.</summary>
internal static class PingCommand
{
    public static Command Create(CommandLine line)
    {
        var command = new Command("ping", "Says whether the node answers.");
        line.Bind(command, async (context, _, cancellationToken) =>
        {
            var start = context.Time.GetTimestamp();
            await context.Node.PingAsync(cancellationToken);
            var taken = context.Time.GetElapsedTime(start);
            if (context.Json) context.WriteJson(new PingRecord(context.Node.Address, Math.Round(taken.TotalMilliseconds, 3)), CliJsonContext.Pretty.PingRecord);
            else context.WriteLine("Connection Successful !!");
            return ExitCode.Done;
        });
        return command;
    }
}
