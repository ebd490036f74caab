using System.CommandLine;
using System.Globalization;
using Pyrsia.Cli.Output;
using Pyrsia.Contracts.NodeApi;

namespace Pyrsia.Cli.Commands;

/// <summary><c>pyrsia build diff</c>: in what the results of a build differ.</summary>
internal static class BuildDiffCommand
{
    public static Command Create(CommandLine line)
    {
        var id = new Option<string>("--id") { HelpName = "ID", Description = "The build's id.", Required = true };
        var command = new Command("diff", "Says in what the two results of a build differ that most organisations gave.") { id };
        line.Bind(command, async (context, result, cancellationToken) =>
        {
            var differences = await context.Node.BuildDifferencesAsync(result.GetValue(id)!, cancellationToken);
            if (context.Json) context.WriteJson(differences, CliJsonContext.Pretty.BuildDifferences);
            else Print(context, differences);
            return ExitCode.Done;
        });
        return command;
    }

    private static void Print(CliContext context, BuildDifferences differences)
    {
        context.WriteLine($"{differences.Coordinate}: {differences.Verdict} (log entry {differences.EntryIndex})");
        context.WriteLine($"first:  {Words(differences.First)}");
        context.WriteLine($"second: {Words(differences.Second)}");
        foreach (var output in differences.Outputs)
        {
            context.WriteLine(output.Name);
            context.WriteLine($"  first:  {Words(output.First, output.FirstSize)}");
            context.WriteLine($"  second: {Words(output.Second, output.SecondSize)}");
            foreach (var part in output.Entries ?? []) context.WriteLine($"  {part.Name}: {part.Kind}: {part.Detail}");
            if (output.Note is { } note) context.WriteLine($"  ({note})");
            if (output.Diffoscope is { } report) context.WriteLine($"  diffoscope:\n{Output.Words.Printable(report).TrimEnd()}");
        }
    }

    private static string Words(DifferingResult result) => $"{string.Join(", ", result.Builders)} (log entries {string.Join(", ", result.Entries)})";

    private static string Words(string? digest, long? size) => digest is null ? "no such file" : string.Create(CultureInfo.InvariantCulture, $"{digest}, {size} bytes");
}
