using System.ComponentModel;
using System.Diagnostics;

namespace Pyrsia.Builds.Images;

/// <summary>Runs a trusted program of this machine to its end.</summary>
internal static class HostCommand
{
    /// <summary>How much of what a program says is kept for an error message, in characters.</summary>
    private const int KeptCharacters = 4000;

    /// <summary>Paths and nothing else.</summary>
    internal static readonly IReadOnlyDictionary<string, string> PlainEnvironment = new Dictionary<string, string>(StringComparer.Ordinal) { ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", ["LC_ALL"] = "C.UTF-8" };

    /// <exception cref="BuilderImageException">It is not installed, or did not end with 0.</exception>
    internal static async Task RunAsync(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        // env looks the program up in the given path, not in this program's.
        var start = new ProcessStartInfo("/usr/bin/env", ["-i", .. environment.Select(v => $"{v.Key}={v.Value}"), program, .. arguments]) { RedirectStandardInput = true, RedirectStandardError = true, RedirectStandardOutput = true };
        using var process = new Process { StartInfo = start };
        var said = new Queue<string>();
        void Hear(string? line)
        {
            if (line is null) return;
            lock (said)
            {
                said.Enqueue(line.Length > KeptCharacters ? line[..KeptCharacters] : line);
                while (said.Sum(l => l.Length) > KeptCharacters && said.Count > 1) said.Dequeue();
            }
        }
        process.OutputDataReceived += (_, line) => Hear(line.Data);
        process.ErrorDataReceived += (_, line) => Hear(line.Data);
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            throw new BuilderImageException($"{program} could not be started.", e);
        }
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        if (process.ExitCode == 127) throw new BuilderImageException($"{program} is not installed.");
        if (process.ExitCode != 0) throw new BuilderImageException($"{program} ended with {process.ExitCode}: {string.Join('\n', said)}");
    }
}
