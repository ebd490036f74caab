using System.CommandLine;
using System.CommandLine.Help;
using System.Reflection;
using Pyrsia.Cli.Commands;
using Pyrsia.Cli.Output;

namespace Pyrsia.Cli;

/// <summary>The program: parses, runs one command, and turns how it ended into text and an exit code.</summary>
internal sealed class CommandLine
{
    /// <summary>How long an interrupted command may take to put things in order: longer than a network takes to stop.</summary>
    private static readonly TimeSpan TerminationTimeout = TimeSpan.FromSeconds(30);

    private readonly CliEnvironment _environment;
    private readonly GlobalOptions _globals;

    private CommandLine(CliEnvironment environment)
    {
        _environment = environment;
        _globals = new GlobalOptions(environment);
    }

    public static Task<int> RunAsync(string[] args, CliEnvironment environment, CancellationToken cancellationToken = default) =>
        new CommandLine(environment).RunAsync(args, cancellationToken);

    /// <summary>Gives a command what it does; failures are reported in one place.</summary>
    public void Bind(Command command, Func<CliContext, ParseResult, CancellationToken, Task<int>> run) =>
        command.SetAction(async (result, cancellationToken) =>
        {
            using var context = _globals.Read(result);
            return await run(context, result, cancellationToken);
        });

    /// <summary>A command that only groups others: alone it is wrong usage, and shows what there is.</summary>
    public Command Group(string name, string description, params ReadOnlySpan<Command> commands)
    {
        var group = new Command(name, description);
        foreach (var command in commands) group.Subcommands.Add(command);
        group.SetAction(result => ShowGroup(result));
        return group;
    }

    private async Task<int> RunAsync(string[] args, CancellationToken cancellationToken)
    {
        var json = GlobalOptions.WantsJson(args);
        try
        {
            var result = Parse(CreateRoot(), args);
            if (result.Errors.Count > 0 && result.Action is not HelpAction)
                throw CliException.Usage(string.Join(' ', result.Errors[0].Message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)), $"See: {PathOf(result)} --help");
            var configuration = new InvocationConfiguration
            {
                Output = _environment.Out,
                Error = _environment.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = TerminationTimeout,
            };
            return await result.InvokeAsync(configuration, cancellationToken);
        }
        catch (CliException e)
        {
            ErrorReport.Write(_environment.Error, e, json);
            return e.ExitCode;
        }
        catch (OperationCanceledException)
        {
            ErrorReport.Write(_environment.Error, new CliException("Interrupted.", "interrupted", "Run the command again.", ExitCode.Interrupted), json);
            return ExitCode.Interrupted;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            ErrorReport.Write(_environment.Error, new CliException(e.Message, "io", "Check the path, the space left and the permissions.", ExitCode.Failed, e), json);
            return ExitCode.Failed;
        }
    }

    private RootCommand CreateRoot()
    {
        var root = new RootCommand("Asks a Pyrsia node for artifacts with proof, and verifies the proof by itself.");
        _globals.AddTo(root);
        foreach (var command in new[]
                 {
                     PingCommand.Create(this), StatusCommand.Create(this), ListCommand.Create(this), BuildCommand.Create(this), MappingCommand.Create(this),
                     InspectLogCommand.Create(this), VerifyCommand.Create(this), BundleCommand.Create(this), LogCommand.Create(this), TestnetCommand.Create(this), DemoCommand.Create(this),
                 })
            root.Subcommands.Add(command);
        root.Subcommands.Add(CreateHelp(root));
        root.SetAction(result => ShowGroup(result));
        var version = root.Options.OfType<VersionOption>().Single();
        version.Aliases.Add("-V");
        version.Action = new VersionAction(_environment.Out);
        var help = root.Options.OfType<HelpOption>().Single();
        foreach (var alias in new[] { "/h", "/?", "-?" }) help.Aliases.Remove(alias);
        return root;
    }

    private static ParseResult Parse(RootCommand root, IReadOnlyList<string> args) =>
        root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });

    private Command CreateHelp(RootCommand root)
    {
        var words = new Argument<string[]>("command") { Description = "The command to explain.", Arity = ArgumentArity.ZeroOrMore };
        var help = new Command("help", "Shows what a command does and takes.") { words };
        help.SetAction(result => Parse(root, [.. result.GetValue(words) ?? [], "--help"]).Invoke(new InvocationConfiguration { Output = _environment.Out, Error = _environment.Error }));
        return help;
    }

    private int ShowGroup(ParseResult result)
    {
        var root = (RootCommand)result.RootCommandResult.Command;
        var words = PathOf(result).Split(' ').Skip(1);
        Parse(root, [.. words, "--help"]).Invoke(new InvocationConfiguration { Output = _environment.Error, Error = _environment.Error });
        return ExitCode.Usage;
    }

    private static string PathOf(ParseResult result)
    {
        var names = new List<string>();
        for (var at = result.CommandResult; at is not null; at = at.Parent as System.CommandLine.Parsing.CommandResult)
            names.Insert(0, at.Command is RootCommand ? "pyrsia" : at.Command.Name);
        return string.Join(' ', names);
    }

    private sealed class VersionAction(TextWriter output) : System.CommandLine.Invocation.SynchronousCommandLineAction
    {
        public override bool Terminating => true;

        public override int Invoke(ParseResult parseResult)
        {
            var version = typeof(CommandLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+');
            output.WriteLine($"pyrsia_cli {version[0]} ({(version.Length > 1 ? version[1] : "no commit recorded")})");
            return ExitCode.Done;
        }
    }
}
