using System.CommandLine;
using System.Text.Json;
using Pyrsia.Cli.Output;
using Pyrsia.Contracts.NodeApi;

namespace Pyrsia.Cli.Builds;

/// <summary>The options that say how an image is put together of an artifact: <c>--base</c>, <c>--copy</c>, <c>--entrypoint</c> and so on.</summary>
internal sealed class AssemblyOptions
{
    private readonly Option<string?> _base = new("--base") { HelpName = "REF", Description = "Of an artifact: the image below it, which must be in the log; none unless given." };
    private readonly Option<string[]> _copies = new("--copy") { HelpName = "FILE=PATH", Description = "Of an artifact: the file of that name goes to that path; its main file to /app/ unless given. Repeatable." };
    private readonly Option<string[]> _programs = new("--copy-program") { HelpName = "FILE=PATH", Description = "The same for a file that anybody may run. Repeatable." };
    private readonly Option<string?> _entrypoint = new("--entrypoint") { HelpName = "WORDS", Description = "Of an artifact: what is run, as in a Dockerfile: '[\"java\", \"-jar\", \"/app/app.jar\"]', or a program alone. What the base runs unless given." };
    private readonly Option<string[]> _environment = new("--env") { HelpName = "NAME=VALUE", Description = "Of an artifact: a variable beside the base's. Repeatable." };
    private readonly Option<string?> _user = new("--user") { HelpName = "USER", Description = "Of an artifact: who runs it; as the base says unless given." };
    private readonly Option<string?> _folder = new("--workdir") { HelpName = "PATH", Description = "Of an artifact: where it runs; as the base says unless given." };

    private Option[] All => [_base, _copies, _programs, _entrypoint, _environment, _user, _folder];

    public void AddTo(Command command)
    {
        foreach (var option in All) command.Options.Add(option);
    }

    /// <summary>What was said; null when nothing was.</summary>
    /// <exception cref="CliException">One of them is malformed.</exception>
    public AssemblyRequest? Read(ParseResult result)
    {
        if (!All.Any(option => result.GetResult(option) is not null)) return null;
        PlacedFileRequest[] files = [.. Placed(result.GetValue(_copies), isExecutable: false), .. Placed(result.GetValue(_programs), isExecutable: true)];
        return new AssemblyRequest(
            result.GetValue(_base), files.Length == 0 ? null : files, result.GetValue(_entrypoint) is { } words ? Words(words) : null,
            result.GetValue(_environment) is { Length: > 0 } variables ? variables : null, result.GetValue(_user), result.GetValue(_folder));
    }

    private static IEnumerable<PlacedFileRequest> Placed(string[]? texts, bool isExecutable) => (texts ?? []).Select(text => text.Split('=', 2) is [{ Length: > 0 } file, { Length: > 0 } path]
        ? new PlacedFileRequest(file, path, isExecutable)
        : throw CliException.Usage($"'{text}' does not say which file goes where.", "Write --copy app-1.0.jar=/app/app.jar"));

    private static IReadOnlyList<string> Words(string text)
    {
        if (!text.TrimStart().StartsWith('[')) return [text];
        try
        {
            return [.. JsonSerializer.Deserialize(text, CliJsonContext.Default.JsonArray)!.Select(word => word?.GetValueKind() == JsonValueKind.String ? word.GetValue<string>() : throw new JsonException("a word is no text"))];
        }
        catch (JsonException e)
        {
            throw CliException.Usage($"--entrypoint is no list of words: {e.Message}", "Write it as a Dockerfile does: '[\"java\", \"-jar\", \"/app/app.jar\"]'");
        }
    }
}
