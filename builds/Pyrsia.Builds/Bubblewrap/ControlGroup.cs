using System.Globalization;
using Pyrsia.Builds.Sandboxes;

namespace Pyrsia.Builds.Bubblewrap;

/// <summary>The control groups of one run: they hold memory, processes and processors of all that the run starts, together.</summary>
/// <seealso href="https://www.kernel.org/doc/html/latest/admin-guide/cgroup-v2.html"/>
/// <seealso href="https://www.kernel.org/doc/html/latest/admin-guide/cgroup-v1/"/>
internal sealed class ControlGroup
{
    private const int CpuPeriodMicroseconds = 100_000;

    private static readonly string[] Controllers = ["memory", "pids", "cpu"];

    private static readonly TimeSpan EmptyLimit = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(5);

    private readonly bool _unified;

    private ControlGroup(bool unified, IReadOnlyList<string> directories) => (_unified, Directories) = (unified, directories);

    /// <summary>One directory (version 2), or one for each controller (version 1), memory first.</summary>
    internal IReadOnlyList<string> Directories { get; }

    /// <summary>Files that take the id of a process that is to belong to the run.</summary>
    internal IEnumerable<string> ProcessFiles => Directories.Select(d => Path.Combine(d, "cgroup.procs"));

    /// <summary>True when the kernel has ended a process for want of memory.</summary>
    internal bool OutOfMemory => Line(_unified ? "memory.events" : "memory.oom_control", "oom_kill ") is { } kills && kills > 0;

    /// <summary>Most memory in use so far, in bytes; null where the kernel does not count.</summary>
    internal long? PeakMemoryBytes => Line(_unified ? "memory.peak" : "memory.max_usage_in_bytes", "");

    /// <summary>Makes the groups of a run; null when this program may not.</summary>
    /// <param name="mountPoint">Where the control groups are mounted.</param>
    /// <param name="own">Content of /proc/self/cgroup: <c>id:controllers:path</c> a line.</param>
    /// <param name="name">Name of the new groups.</param>
    /// <param name="limits">What the groups hold.</param>
    /// <param name="record">Takes the directories before any of them is made: a program that is killed meanwhile leaves none that nobody knows of.</param>
    internal static ControlGroup? TryCreate(string mountPoint, string own, string name, SandboxLimits limits, Action<IReadOnlyList<string>>? record = null)
    {
        var unified = File.Exists(Path.Combine(mountPoint, "cgroup.controllers"));
        var made = new List<string>();
        try
        {
            if (unified) CreateUnified(mountPoint, OwnPath(own, ""), name, limits, made, record);
            else CreateSeparate(mountPoint, own, name, limits, made, record);
            return new ControlGroup(unified, made);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            foreach (var directory in made) TryRemove(directory);
            return null;
        }
    }

    /// <summary>Ends every process in some groups, waits until they are empty and removes them.</summary>
    /// <returns>False when some process did not go.</returns>
    internal static async Task<bool> RemoveAsync(IReadOnlyList<string> directories, TimeProvider time, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            var left = directories.Where(d => !TryRemove(d)).ToArray();
            if (left.Length == 0) return true;
            if (time.GetElapsedTime(started) > EmptyLimit) return false;
            foreach (var directory in left) KillAll(directory);
            await Task.Delay(BetweenTries, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Ends every process in the groups. A process that is started meanwhile is found by the next call.</summary>
    internal void KillAll()
    {
        foreach (var directory in Directories) KillAll(directory);
    }

    private static void KillAll(string directory)
    {
        foreach (var line in ReadOrNothing(Path.Combine(directory, "cgroup.procs")))
            if (int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id > 0) ProcessIdentity.KillProcess(id);
    }

    private static void CreateSeparate(string mountPoint, string own, string name, SandboxLimits limits, List<string> made, Action<IReadOnlyList<string>>? record)
    {
        string[] parents = [.. Controllers.Select(controller => Below(mountPoint, controller, OwnPath(own, controller)))];
        if (Array.FindIndex(parents, parent => !File.Exists(Path.Combine(parent, "cgroup.procs"))) is >= 0 and var missing) throw new IOException($"There is no controller {Controllers[missing]}.");
        record?.Invoke([.. parents.Select(parent => Path.Combine(parent, name))]);
        foreach (var parent in parents) made.Add(Directory.CreateDirectory(Path.Combine(parent, name)).FullName);
        var (memory, pids, cpu) = (made[0], made[1], made[2]);
        Write(memory, "memory.limit_in_bytes", limits.MemoryBytes);
        if (File.Exists(Path.Combine(memory, "memory.memsw.limit_in_bytes"))) Write(memory, "memory.memsw.limit_in_bytes", limits.MemoryBytes);
        Write(pids, "pids.max", limits.Processes);
        Write(cpu, "cpu.cfs_period_us", CpuPeriodMicroseconds);
        Write(cpu, "cpu.cfs_quota_us", Quota(limits));
    }

    /// <summary>
    /// Only a group without processes may hand controllers down, the root excepted; so the groups stand below this program's own group where that is allowed (a service with
    /// delegation that runs in a leaf), else below the root.
    /// </summary>
    private static void CreateUnified(string mountPoint, string own, string name, SandboxLimits limits, List<string> made, Action<IReadOnlyList<string>>? record)
    {
        var parent = new[] { Below(mountPoint, "", own), mountPoint }.FirstOrDefault(HandsDownControllers) ?? throw new IOException("No group hands down its controllers.");
        record?.Invoke([Path.Combine(parent, name)]);
        var group = Directory.CreateDirectory(Path.Combine(parent, name)).FullName;
        made.Add(group);
        Write(group, "memory.max", limits.MemoryBytes);
        if (File.Exists(Path.Combine(group, "memory.swap.max"))) Write(group, "memory.swap.max", 0);
        Write(group, "pids.max", limits.Processes);
        Write(group, "cpu.max", string.Create(CultureInfo.InvariantCulture, $"{Quota(limits)} {CpuPeriodMicroseconds}"));
    }

    private static bool HandsDownControllers(string parent)
    {
        try
        {
            var file = Path.Combine(parent, "cgroup.subtree_control");
            var missing = Controllers.Except(File.ReadAllText(file).Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries)).ToArray();
            if (missing.Length > 0) File.WriteAllText(file, string.Join(' ', missing.Select(c => "+" + c)));
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static long Quota(SandboxLimits limits) => Math.Max(1000, (long)(limits.Cpus * CpuPeriodMicroseconds));

    /// <summary>This program's group for a controller; in a container its path may be one of the outside, which is not there.</summary>
    private static string Below(string mountPoint, string controller, string path)
    {
        var directory = Path.Combine(mountPoint, controller, path.TrimStart('/'));
        return Directory.Exists(directory) ? directory : Path.Combine(mountPoint, controller);
    }

    private static string OwnPath(string own, string controller) => own.Split('\n').Select(line => line.Split(':', 3))
        .FirstOrDefault(fields => fields.Length == 3 && (controller.Length == 0 ? fields[1].Length == 0 : fields[1].Split(',').Contains(controller, StringComparer.Ordinal)))?[2] ?? "/";

    private static void Write(string directory, string file, long value) => Write(directory, file, value.ToString(CultureInfo.InvariantCulture));

    private static void Write(string directory, string file, string value) => File.WriteAllText(Path.Combine(directory, file), value);

    private static bool TryRemove(string directory)
    {
        try
        {
            if (Directory.Exists(directory)) Directory.Delete(directory);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string[] ReadOrNothing(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private long? Line(string file, string key) => ReadOrNothing(Path.Combine(Directories[0], file)).Where(l => l.StartsWith(key, StringComparison.Ordinal))
        .Select(l => long.TryParse(l.AsSpan(key.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : (long?)null).FirstOrDefault();
}
