using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Pyrsia.Cli.Testnet;

/// <summary>Starts, recognises and ends a process of a local network.</summary>
internal static partial class MemberProcess
{
    private const int Terminate = 15;
    private const int Kill = 9;

    /// <summary>How long a process may take to end in order before it is killed.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <summary>Starts a program in a session of its own, so that it outlives this one and its terminal; its output goes to a file.</summary>
    public static Process Start(string program, string configuration, string log)
    {
        // The shell only points the streams at the file and becomes the program: the process id stays.
        var start = new ProcessStartInfo("setsid", ["sh", "-c", "exec \"$0\" --config \"$1\" >>\"$2\" 2>&1 </dev/null", program, configuration, log]);
        foreach (var variable in start.Environment.Keys.Where(name => name.StartsWith("PYRSIA_", StringComparison.Ordinal)).ToArray()) start.Environment.Remove(variable);
        return Process.Start(start)!;
    }

    /// <summary>Whether the process runs and is still the one that was started with that configuration file.</summary>
    public static bool IsRunning(int? pid, string configuration)
    {
        if (pid is not > 1) return false;
        try
        {
            return Encoding.UTF8.GetString(File.ReadAllBytes($"/proc/{pid}/cmdline")).Split('\0').Contains(configuration, StringComparer.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // gone, or somebody else's
        }
    }

    /// <summary>Asks a process to end, and kills it when it does not in time.</summary>
    public static async Task StopAsync(int pid, string configuration, TimeProvider time)
    {
        if (!IsRunning(pid, configuration)) return;
        _ = Signal(pid, Terminate);
        var start = time.GetTimestamp();
        while (IsRunning(pid, configuration))
        {
            if (time.GetElapsedTime(start) > Patience)
            {
                _ = Signal(pid, Kill);
                start = time.GetTimestamp();
            }
            await Task.Delay(Interval, time);
        }
    }

    /// <summary>The last lines of a process's log.</summary>
    public static string Tail(string log)
    {
        const int lines = 8;
        return File.Exists(log) ? string.Join('\n', File.ReadLines(log).TakeLast(lines)) : "";
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Signal(int pid, int signal);
}
