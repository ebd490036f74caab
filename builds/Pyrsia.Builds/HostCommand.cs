using System.ComponentModel;
using System.Diagnostics;
using Pyrsia.Builds.Bubblewrap;

namespace Pyrsia.Builds;

/// <summary>Runs a trusted program of this machine to its end.</summary>
internal static class HostCommand
{
    /// <summary>How much of what a program says is kept for an error message, in characters.</summary>
    private const int KeptCharacters = 4000;

    /// <summary>How long a program may take to end when it is asked to.</summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(20);

    /// <summary>Paths and nothing else.</summary>
    internal static readonly IReadOnlyDictionary<string, string> PlainEnvironment = new Dictionary<string, string>(StringComparer.Ordinal) { ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", ["LC_ALL"] = "C.UTF-8" };

    /// <summary>Whether a program is where this machine's programs are.</summary>
    internal static bool IsInstalled(string program) => PlainEnvironment["PATH"].Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));

    /// <summary>Runs it.</summary>
    /// <param name="program">Its name.</param>
    /// <param name="arguments">What it is told.</param>
    /// <param name="environment">All that it sees of its environment.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="hear">Takes each line that it says, one at a time.</param>
    /// <param name="asks">Whether it is asked to end before it is killed. One that has namespaces of its own need not be: what it mounted goes with them.</param>
    /// <exception cref="HostCommandException">It is not installed, or did not end with 0.</exception>
    internal static async Task RunAsync(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken, Action<string>? hear = null, bool asks = true)
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
                hear?.Invoke(line);
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
            throw new HostCommandException($"{program} could not be started.", e);
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
            if (asks) await EndAsync(process).ConfigureAwait(false);
            else process.Kill(entireProcessTree: true);
            throw;
        }
        if (process.ExitCode == 127) throw new HostCommandException($"{program} is not installed.");
        if (process.ExitCode != 0) throw new HostCommandException($"{program} ended with {process.ExitCode}: {string.Join('\n', said)}");
    }

    /// <summary>Asks first: a program that mounts things takes them down when it is asked to end.</summary>
    private static async Task EndAsync(Process process)
    {
        ProcessIdentity.Terminate(process.Id);
        using var limit = new CancellationTokenSource(EndLimit);
        try
        {
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
        }
    }
}
