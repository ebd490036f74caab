using System.Globalization;
using Pyrsia.Builds.Sandboxes;

namespace Pyrsia.Builds.Bubblewrap;

/// <summary>The words that tell <c>bwrap</c> what a sandbox looks like. Order matters: a later mount lies over an earlier one.</summary>
internal static class BubblewrapArguments
{
    /// <summary>Descriptor that takes how the command ended.</summary>
    internal const int StatusDescriptor = 7;

    /// <summary>Descriptor with the system call filter.</summary>
    internal const int FilterDescriptor = 8;

    /// <summary>Descriptor with the arguments themselves, so that no process in the sandbox can read paths of this machine in /proc/1/cmdline.</summary>
    internal const int ArgumentsDescriptor = 9;

    /// <summary>The namespaces of every sandbox.</summary>
    internal static IEnumerable<string> Namespaces(bool asRoot) => ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try", .. asRoot ? (string[])[] : ["--unshare-user"]];

    /// <summary>The options, without the command.</summary>
    /// <param name="run">The run.</param>
    /// <param name="asRoot">
    /// True when this program is root. Then no user namespace is made, in which the command would have been root outside (and owner of root's files); instead <c>setpriv</c>
    /// becomes the user for good. Anybody else is nobody outside but who he is, in a user namespace with that one user in it.
    /// </param>
    internal static IReadOnlyList<string> Options(SandboxRun run, bool asRoot)
    {
        List<string> words =
        [
            .. Namespaces(asRoot), "--hostname", SandboxLayout.HostName, "--die-with-parent", "--new-session", "--clearenv",
            "--json-status-fd", Text(StatusDescriptor), "--seccomp", Text(FilterDescriptor), "--cap-drop", "ALL",
        ];
        words.AddRange(asRoot
            ? ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--cap-add", "CAP_SETPCAP"]
            : ["--uid", Text(run.UserId), "--gid", Text(run.UserId)]);
        words.AddRange(["--ro-bind", run.Image.Root, "/", "--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev"]);
        words.AddRange(Memory("/dev/shm", run.Limits.TemporaryBytes));
        words.AddRange(Memory(SandboxLayout.Temporary, run.Limits.TemporaryBytes));
        words.AddRange(Memory(SandboxLayout.Work, run.Limits.WorkBytes));
        words.AddRange(Covered(SandboxLayout.SocketDirectory, run.Socket is null ? [] : ["--bind", run.Socket, SandboxLayout.Socket]));
        words.AddRange(Covered(SandboxLayout.Mounts, run.Mounts.SelectMany(m => new[] { "--ro-bind", m.Directory, m.Path })));
        words.AddRange(["--chdir", SandboxLayout.Work]);
        return words;
    }

    /// <summary>The command: first becomes the user, then sets the limits that hold for each process.</summary>
    internal static IEnumerable<string> Command(SandboxRun run, bool asRoot, bool grouped)
    {
        var limits = run.Limits;
        var user = Text(run.UserId);
        IEnumerable<string> become = asRoot
            ? ["/usr/bin/setpriv", "--reuid", user, "--regid", user, "--clear-groups", "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all", "--"]
            : [];
        List<string> each = ["/usr/bin/prlimit", $"--nofile={limits.OpenFiles}:{limits.OpenFiles}", "--core=0:0"];
        if (!grouped)
        {
            var processorSeconds = (long)Math.Ceiling(limits.WallClock.TotalSeconds * limits.Cpus);
            each.AddRange([$"--nproc={limits.Processes}:{limits.Processes}", $"--data={limits.MemoryBytes}:{limits.MemoryBytes}", $"--cpu={processorSeconds}:{processorSeconds}"]);
        }
        return [.. become, .. SandboxPrelude.Wrap(run, [.. each, "--"])];
    }

    private static IEnumerable<string> Memory(string directory, long size) => ["--perms", "1777", "--size", Text(size), "--tmpfs", directory];

    /// <summary>An empty directory over the image's, in which mount points can be made; read-only when they are.</summary>
    private static IEnumerable<string> Covered(string directory, IEnumerable<string> mounts) => ["--tmpfs", directory, .. mounts, "--remount-ro", directory];

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
