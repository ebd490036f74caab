using Pyrsia.Testing;

namespace Pyrsia.EndToEnd.Tests.Harness;

/// <summary>
/// A machine that systemd has started: this machine's files under a layer of its own, with processes, network and control groups of its own, so that a service's unit does what it does at an operator's and nothing here changes.
/// </summary>
public sealed class SystemdMachine : IAsyncDisposable
{
    /// <summary>Enters a control group of its own before the namespaces are made, since the group is the root of what systemd sees.</summary>
    private const string Outer = """
        set -e
        if [ -e /sys/fs/cgroup/cgroup.controllers ]; then group=/sys/fs/cgroup/$NAME; else group=/sys/fs/cgroup/systemd/$NAME; fi
        mkdir $group
        echo $$ > $group/cgroup.procs
        exec unshare --mount --pid --fork --uts --ipc --net --cgroup bash -c "$INNER"
        """;

    /// <summary>
    /// Puts the machine together and has systemd start it. What a start sets in the kernel is left out: of all units journald alone is started beside the service. The root is pivoted to, since a process under
    /// chroot may make no user namespace.
    /// </summary>
    private const string Inner = """
        set -e
        mount --make-rprivate /
        mount -t tmpfs tmpfs "$WORK"
        mkdir "$WORK/upper" "$WORK/work" "$WORK/root"
        root=$WORK/root
        mount -t overlay overlay -o "lowerdir=/,upperdir=$WORK/upper,workdir=$WORK/work" "$root"
        mkdir -p "$root$PROGRAM_AT" && mount --bind "$PROGRAM" "$root$PROGRAM_AT"
        cp -a "$FILES/." "$root/"
        mount -t proc proc "$root/proc"
        mount --rbind /sys "$root/sys"
        mount -t tmpfs tmpfs "$root/sys/fs/cgroup"
        if [ -e /sys/fs/cgroup/cgroup.controllers ]; then mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
        else mkdir "$root/sys/fs/cgroup/systemd" && mount -t cgroup -o none,name=systemd cgroup "$root/sys/fs/cgroup/systemd"; fi
        for folder in run tmp dev; do mount -t tmpfs tmpfs "$root/$folder"; done
        for device in 'null 1 3' 'zero 1 5' 'full 1 7' 'random 1 8' 'urandom 1 9' 'tty 5 0'; do mknod -m 666 "$root/dev/${device%% *}" c ${device#* }; done
        mkdir "$root/dev/pts" "$root/dev/shm" && mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts" && ln -s pts/ptmx "$root/dev/ptmx"
        rm -rf "$root"/lib/systemd/system/*.target.wants "$root"/etc/systemd/system/*.target.wants
        printf '[Unit]\nWants=systemd-journald.service %s\n' "$SERVICE" > "$root/etc/systemd/system/test.target"
        ip link set lo up
        mkdir "$root/before" && cd "$root" && pivot_root . before && cd / && umount -l /before
        exec env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --system --unit=test.target --log-target=journal
        """;

    private readonly TemporaryDirectory _directory;
    private readonly Daemon _daemon;
    private readonly string _name;
    private readonly string _init;

    private SystemdMachine(TemporaryDirectory directory, Daemon daemon, string name, string init) => (_directory, _daemon, _name, _init) = (directory, daemon, name, init);

    /// <summary>Starts one.</summary>
    /// <param name="service">The service that is started, of which the unit is among the files.</param>
    /// <param name="program">A directory with programs.</param>
    /// <param name="programAt">Where it has it.</param>
    /// <param name="files">A directory whose files the machine has beside this one's.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<SystemdMachine> StartAsync(string service, string program, string programAt, string files, CancellationToken cancellationToken)
    {
        var directory = new TemporaryDirectory();
        var name = $"pyrsia-{Guid.NewGuid():N}";
        var daemon = Daemon.Start(
            "env", $"NAME={name}", $"INNER={Inner}", $"WORK={directory.Path}", $"PROGRAM={program}", $"PROGRAM_AT={programAt}", $"FILES={files}", $"SERVICE={service}", "bash", "-c", Outer);
        var init = "";
        await Wait.UntilAsync(
            async () =>
            {
                if (daemon.HasEnded) throw new InvalidOperationException($"the machine did not start: {await daemon.HearAsync("", cancellationToken)}");
                var children = $"/proc/{daemon.Id}/task/{daemon.Id}/children";
                init = File.Exists(children) ? (await File.ReadAllTextAsync(children, cancellationToken)).Trim() : "";
                return init.Length > 0 && (await InAsync(init, "systemctl", "is-active", service)).Output.Trim() is "active" or "activating";
            },
            TimeSpan.FromSeconds(60), "systemd does not start the service", cancellationToken);
        return new SystemdMachine(directory, daemon, name, init);
    }

    /// <summary>Runs a command there.</summary>
    public Task<CommandResult> RunAsync(string program, params string[] arguments) => InAsync(_init, [program, .. arguments]);

    /// <summary>What systemd says of a service.</summary>
    public async Task<string> ShowAsync(string service, string property) => (await RunAsync("systemctl", "show", service, "--property", property, "--value")).Output.Trim();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // With its first process the machine's others end.
        await Command.RunAsync("kill", ["-KILL", _init]);
        await _daemon.DisposeAsync();
        foreach (var root in new[] { "/sys/fs/cgroup/systemd", "/sys/fs/cgroup" })
            if (Directory.Exists(Path.Combine(root, _name))) await Command.RunAsync("find", [Path.Combine(root, _name), "-depth", "-type", "d", "-exec", "rmdir", "{}", ";"]);
        _directory.Dispose();
    }

    private static Task<CommandResult> InAsync(string init, params string[] command) => Command.RunAsync("nsenter", ["--target", init, "--all", "--root", "--wd", "--", .. command]);
}
