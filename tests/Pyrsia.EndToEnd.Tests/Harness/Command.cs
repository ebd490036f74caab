using System.Diagnostics;

namespace Pyrsia.EndToEnd.Tests.Harness;

/// <summary>Runs a command to its end, within a time, and ends it with everything that it started when the time is over.</summary>
public static class Command
{
    private static readonly TimeSpan DefaultLimit = TimeSpan.FromMinutes(4);

    /// <summary>Runs it and returns how it ended.</summary>
    public static async Task<CommandResult> RunAsync(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, TimeSpan? limit = null)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var over = new CancellationTokenSource(limit ?? DefaultLimit);
        try
        {
            await process.WaitForExitAsync(over.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} did not end within {limit ?? DefaultLimit}: {await output}{await error}");
        }
        return new CommandResult(process.ExitCode, await output, await error);
    }

    /// <summary>Runs it and fails when it does not end with 0.</summary>
    public static async Task<string> MustAsync(string program, params string[] arguments)
    {
        var result = await RunAsync(program, arguments);
        return result.ExitCode == 0 ? result.Output : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {result}");
    }
}
