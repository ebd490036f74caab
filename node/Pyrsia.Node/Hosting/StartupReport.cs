using System.CommandLine;

namespace Pyrsia.Node.Hosting;

/// <summary>Runs a program's command line, and tells a person why it could not start.</summary>
public static class StartupReport
{
    private const int UsageExitCode = 2;

    /// <summary>An <c>@FILE</c> is a value that options read themselves, and not a file of further arguments, which the parser would put in its place.</summary>
    private static readonly ParserConfiguration Parsing = new() { ResponseFileTokenReplacer = null };

    /// <summary>Parses and runs; wrong usage ends with 2, a program that cannot start with 1.</summary>
    public static async Task<int> RunAsync(Func<OptionSource, RootCommand> create, string[] args)
    {
        try
        {
            var source = OptionSource.Load(Environment.GetEnvironmentVariable, ConfigFile(args));
            var result = create(source).Parse(args, Parsing);
            var code = await result.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
            return result.Errors.Count > 0 ? UsageExitCode : code;
        }
        catch (StartupException e)
        {
            await Console.Error.WriteLineAsync($"Error: {e.Message} ({(e.ExitCode == UsageExitCode ? "usage" : "start")})\n{e.Advice}");
            return e.ExitCode;
        }
    }

    /// <summary>The configuration file's path, which is wanted before the other options can be read.</summary>
    private static string? ConfigFile(string[] args)
    {
        var command = new RootCommand { TreatUnmatchedTokensAsErrors = false };
        var config = new Option<string?>("--config");
        command.Options.Add(config);
        return command.Parse(args, Parsing).GetValue(config);
    }
}
