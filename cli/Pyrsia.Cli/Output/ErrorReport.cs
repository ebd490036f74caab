using System.Text.Json;

namespace Pyrsia.Cli.Output;

/// <summary>Tells why a command did not do what was asked: two lines for a person, one JSON object for a program.</summary>
internal static class ErrorReport
{
    public static void Write(TextWriter error, CliException exception, bool json)
    {
        if (json) error.WriteLine(JsonSerializer.Serialize(new ErrorRecord(exception.Message, exception.Code, exception.Advice, exception.ExitCode), CliJsonContext.Line.ErrorRecord));
        else error.WriteLine($"Error: {exception.Message} ({exception.Code})\n{exception.Advice}");
    }
}
