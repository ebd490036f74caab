using System.Globalization;
using System.Runtime.InteropServices;

namespace Pyrsia.Builds.Bubblewrap;

/// <summary>A process that stays itself: numbers are used again, a number with its start time is not.</summary>
/// <param name="Id">Process id.</param>
/// <param name="StartTicks">When it started, in clock ticks since the machine did.</param>
internal readonly partial record struct ProcessIdentity(int Id, long StartTicks)
{
    private const int SigKill = 9;

    private const int SigTerm = 15;

    /// <summary>Fields of /proc/PID/stat after the name in parentheses; the start time is the twentieth of them.</summary>
    /// <seealso href="https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html"/>
    private const int StartTicksField = 19;

    /// <summary>True while it runs.</summary>
    internal bool IsAlive => Read(Id) == this;

    /// <summary>This program.</summary>
    internal static ProcessIdentity Self => Read(Environment.ProcessId) ?? throw new IOException("/proc is not mounted.");

    /// <summary>Reads the content of /proc/PID/stat; null when it is none, or of a process that has ended and waits for its parent to hear of it.</summary>
    internal static ProcessIdentity? Parse(string stat)
    {
        var afterName = stat.LastIndexOf(')');
        var space = stat.IndexOf(' ', StringComparison.Ordinal);
        if (afterName < 0 || space < 0) return null;
        var fields = stat[(afterName + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > StartTicksField && fields[0] is not ("Z" or "X") && int.TryParse(stat.AsSpan(0, space), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            && long.TryParse(fields[StartTicksField], NumberStyles.None, CultureInfo.InvariantCulture, out var start) ? new ProcessIdentity(id, start) : null;
    }

    /// <summary>Ends a process group, and the process that leads it; nothing happens when they are gone.</summary>
    internal static void KillGroup(int leader)
    {
        _ = Kill(-leader, SigKill);
        _ = Kill(leader, SigKill);
    }

    /// <summary>Ends a process; nothing happens when it is gone.</summary>
    internal static void KillProcess(int id) => _ = Kill(id, SigKill);

    /// <summary>Asks a process to end.</summary>
    internal static void Terminate(int id) => _ = Kill(id, SigTerm);

    private static ProcessIdentity? Read(int id)
    {
        try
        {
            return Parse(File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/stat")));
        }
        catch (IOException)
        {
            return null;
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int id, int signal);
}
