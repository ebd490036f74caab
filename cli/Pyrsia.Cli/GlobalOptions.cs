using System.CommandLine;

namespace Pyrsia.Cli;

/// <summary>The options that every command takes.</summary>
internal sealed class GlobalOptions
{
    public const string DefaultNode = "http://127.0.0.1:7888";

    private readonly Option<string> _node;
    private readonly Option<string> _network;
    private readonly Option<string> _output = new("--output") { HelpName = "text|json", Description = "How results are printed.", DefaultValueFactory = _ => "text", Recursive = true };
    private readonly Option<bool> _quiet = new("--quiet") { Description = "Print results and errors only.", Recursive = true };
    private readonly Option<bool> _noColor = new("--no-color") { Description = "No colours; so does the variable NO_COLOR.", Recursive = true };
    private readonly CliEnvironment _environment;

    public GlobalOptions(CliEnvironment environment)
    {
        _environment = environment;
        _node = new Option<string>("--node") { HelpName = "URL", Description = "The node to ask (variable PYRSIA_NODE).", DefaultValueFactory = _ => Variable("PYRSIA_NODE") ?? DefaultNode, Recursive = true };
        _network = new Option<string>("--network") { HelpName = "FILE", Description = "Your own copy of the network file, by which results are verified (variable PYRSIA_NETWORK).", DefaultValueFactory = _ => Variable("PYRSIA_NETWORK") ?? Path.Combine(environment.ConfigDirectory(), "network.json"), Recursive = true };
        _output.AcceptOnlyFromAmong("text", "json");
    }

    public void AddTo(RootCommand root)
    {
        foreach (var option in new Option[] { _node, _network, _output, _quiet, _noColor })
            root.Options.Add(option);
    }

    public CliContext Read(ParseResult result) => new(
        _environment, result.GetValue(_node)!, result.GetValue(_network)!, result.GetValue(_output) == "json", result.GetValue(_quiet),
        result.GetValue(_noColor) || Variable("NO_COLOR") is not null);

    /// <summary>Whether errors are wanted as JSON, also where the command line is not well formed.</summary>
    public static bool WantsJson(IReadOnlyList<string> args) =>
        args.Contains("--output=json") || args.Contains("--output:json") || args.Zip(args.Skip(1)).Any(pair => pair is ("--output", "json"));

    private string? Variable(string name) => _environment.Variable(name) is { Length: > 0 } value ? value : null;
}
