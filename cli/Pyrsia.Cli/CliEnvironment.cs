using Spectre.Console;

namespace Pyrsia.Cli;

/// <summary>What the program takes from the process that it runs in; tests hand in their own.</summary>
/// <param name="Out">Results.</param>
/// <param name="OutBytes">Results that are files.</param>
/// <param name="Error">Errors, warnings and progress.</param>
/// <param name="Variable">Reads an environment variable.</param>
/// <param name="Time">The clock.</param>
/// <param name="Handler">Opens connections to a node.</param>
/// <param name="ProgramDirectory">Where the program's own files are.</param>
/// <param name="OutIsTerminal">Whether a person reads the results.</param>
/// <param name="ErrorIsTerminal">Whether a person watches the progress.</param>
internal sealed record CliEnvironment(
    TextWriter Out, Func<Stream> OutBytes, TextWriter Error, Func<string, string?> Variable, TimeProvider Time, Func<HttpMessageHandler> Handler,
    string ProgramDirectory, bool OutIsTerminal, bool ErrorIsTerminal)
{
    /// <summary>How long a connection attempt may take: the node is on this machine, or near.</summary>
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    public static CliEnvironment OfProcess()
    {
        Console.OutputEncoding = new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        return new CliEnvironment(
            Console.Out, Console.OpenStandardOutput, Console.Error, Environment.GetEnvironmentVariable, TimeProvider.System,
            () => new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, ConnectTimeout = ConnectTimeout },
            AppContext.BaseDirectory, !Console.IsOutputRedirected, !Console.IsErrorRedirected);
    }

    /// <summary>The directory of this user's settings, by the XDG rules.</summary>
    public string ConfigDirectory()
    {
        if (Variable("XDG_CONFIG_HOME") is { Length: > 0 } config) return Path.Combine(config, "pyrsia");
        var home = Variable("HOME") is { Length: > 0 } set ? set : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return Path.Combine(home, ".config", "pyrsia");
    }

    /// <summary>A console on the error stream for progress.</summary>
    public IAnsiConsole ProgressConsole(bool color) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Out = new AnsiConsoleOutput(Error),
        Ansi = AnsiSupport.Yes,
        ColorSystem = color ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
        Interactive = InteractionSupport.Yes,
    });
}
