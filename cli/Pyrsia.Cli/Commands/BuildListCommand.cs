using System.CommandLine;
using System.Globalization;
using Pyrsia.Cli.Output;

namespace Pyrsia.Cli.Commands;

/// <summary><c>pyrsia build list</c>: the newest requests.</summary>
internal static class BuildListCommand
{
    public static Command Create(CommandLine line)
    {
        var command = new Command("list", "Lists the newest requests, as far as the log shows them.");
        line.Bind(command, async (context, _, cancellationToken) =>
        {
            var builds = await context.Node.BuildListAsync(cancellationToken);
            if (context.Json) context.WriteJson(builds, CliJsonContext.Pretty.IReadOnlyListBuildListEntry);
            else
            {
                IReadOnlyList<string>[] rows = [.. builds.Select(b => (IReadOnlyList<string>)[b.BuildId, b.State, b.Index.ToString(CultureInfo.InvariantCulture), b.Coordinate])];
                foreach (var row in TextTable.Format(["ID", "STATE", "ENTRY", "COORDINATE"], rows)) context.WriteLine(row);
            }
            return ExitCode.Done;
        });
        return command;
    }
}
