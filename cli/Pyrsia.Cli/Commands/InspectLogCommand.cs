using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pyrsia.Cli.Output;
using Pyrsia.Contracts;
using Pyrsia.Contracts.NodeApi;

namespace Pyrsia.Cli.Commands;

/// <summary><c>pyrsia inspect-log docker|maven</c>.</summary>
internal static class InspectLogCommand
{
    /// <summary>The fields that an entry can be printed with, in their order.</summary>
    private static readonly string[] Fields = ["index", "type", "package_type", "package_specific_id", "request_id", "digest", "builder", "verdict", "timestamp", "entries"];

    public static Command Create(CommandLine line)
    {
        var image = new Option<string>("--image") { HelpName = "REF", Description = "The image, with or without tag or digest.", Required = true };
        var docker = new Command("docker", "Shows what the log says about an image.") { image };
        Bind(line, docker, (node, result, latest, cancellationToken) =>
            ImageReference.TryParse(result.GetValue(image), out _, out var error)
                ? node.InspectDockerAsync(result.GetValue(image)!, latest, cancellationToken)
                : throw CliException.Usage(error, "Write the image as after docker pull, such as alpine:3.16."));
        var gav = new Option<string>("--gav") { HelpName = "G:A:V", Description = "The version of the artifact.", Required = true };
        var maven = new Command("maven", "Shows what the log says about a version of a Maven artifact.") { gav };
        Bind(line, maven, (node, result, latest, cancellationToken) =>
            MavenCoordinates.TryParse(result.GetValue(gav), out var coordinates, out var error)
                ? node.InspectMavenAsync(coordinates.ToString(), latest, cancellationToken)
                : throw CliException.Usage(error, "Such as --gav org.apache.commons:commons-lang3:3.12.0."));
        return line.Group("inspect-log", "Shows what the log says about a package.", docker, maven);
    }

    private static void Bind(CommandLine line, Command command, Func<NodeClient, ParseResult, bool, CancellationToken, Task<IReadOnlyList<InspectEntry>>> ask)
    {
        var latest = new Option<bool>("--latest") { Description = "Only the newest entry." };
        var format = new Option<string>("--format") { HelpName = "json|csv", Description = "How entries are printed.", DefaultValueFactory = _ => "json" };
        var fields = new Option<string?>("--fields") { HelpName = "a,b,...", Description = $"Only these fields: {string.Join(", ", Fields)}." };
        format.AcceptOnlyFromAmong("json", "csv");
        foreach (var option in new Option[] { latest, format, fields }) command.Options.Add(option);
        line.Bind(command, async (context, result, cancellationToken) =>
        {
            var wanted = ReadFields(result.GetValue(fields));
            var rows = (await ask(context.Node, result, result.GetValue(latest), cancellationToken)).Select(ToJson).ToArray();
            if (result.GetValue(format) == "csv") PrintCsv(context, wanted, rows);
            else context.WriteJson(new JsonArray([.. rows.Select(row => (JsonNode)Pick(row, wanted))]), CliJsonContext.Pretty.JsonArray);
            return ExitCode.Done;
        });
    }

    private static string[] ReadFields(string? text)
    {
        if (text is null) return Fields;
        var wanted = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var unknown = wanted.FirstOrDefault(name => !Fields.Contains(name, StringComparer.Ordinal));
        if (unknown is not null || wanted.Length == 0) throw CliException.Usage($"'{unknown ?? text}' is no field of an entry.", $"The fields are: {string.Join(", ", Fields)}");
        return wanted;
    }

    private static JsonObject ToJson(InspectEntry entry) =>
        JsonSerializer.SerializeToNode([entry], NodeApiJsonContext.Default.IReadOnlyListInspectEntry)![0]!.AsObject();

    private static JsonObject Pick(JsonObject row, string[] wanted) =>
        new(wanted.Where(row.ContainsKey).Select(name => KeyValuePair.Create(name, row[name]?.DeepClone())));

    private static void PrintCsv(CliContext context, string[] wanted, JsonObject[] rows)
    {
        context.WriteLine(string.Join(',', wanted));
        foreach (var row in rows)
            context.WriteLine(string.Join(',', wanted.Select(name => Quote(Text(row[name])))));
    }

    private static string Text(JsonNode? value) => value switch
    {
        null => "",
        JsonArray items => string.Join(' ', items.Select(item => item!.GetValue<long>().ToString(CultureInfo.InvariantCulture))),
        _ => value.ToString(),
    };

    /// <summary>A cell by RFC 4180.</summary>
    private static string Quote(string cell) => cell.AsSpan().IndexOfAny(",\"\r\n") < 0 ? cell : $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
