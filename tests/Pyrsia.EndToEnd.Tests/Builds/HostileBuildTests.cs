using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Pyrsia.EndToEnd.Tests.Harness;
using Xunit;

namespace Pyrsia.EndToEnd.Tests.Builds;

/// <summary>Builds that try to get out, run against each sandbox. After each try that could wear something out an ordinary build still works; what is only refused is followed by the next test.</summary>
public abstract partial class HostileBuildTests(SandboxFixture fixture)
{
    private const string OrdinaryOutput = "an ordinary build\n";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_service_on_the_hosts_loopback_is_not_reached()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        await RefusedAsync($"exec 3<>/dev/tcp/127.0.0.1/{port}", $"exec 3<>/dev/tcp/localhost/{port}");
        Assert.False(listener.Pending());
    }

    [Fact]
    public async Task There_is_no_route_and_no_name_service()
    {
        await RefusedAsync("exec 3<>/dev/tcp/192.0.2.1/80", "getent hosts example.com", "exec 3<>/dev/tcp/169.254.169.254/80", "tail -n +2 /proc/net/route | grep .");
        var ran = await SeeAsync("tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '");
        Assert.Equal("lo\n", ran.Output);
    }

    [Fact]
    public async Task The_root_file_system_cannot_be_written()
    {
        var image = await BuilderImages.GetAsync(Cancel);
        await RefusedAsync("touch /x", "touch /etc/x", "touch /usr/bin/x", "touch /var/x", "touch /run/x", "touch /mnt/x", "touch /dev/x", "rm -f /etc/hostname", "chmod 777 /etc", "echo x >>/etc/passwd", "mount -o remount,rw /");
        foreach (var path in (string[])["x", "etc/x", "usr/bin/x", "var/x", "run/x", "mnt/x", "dev/x"]) Assert.False(Path.Exists(Path.Combine(image.Root, path)), path);
    }

    [Fact]
    public async Task No_socket_of_the_host_is_there()
    {
        await RefusedAsync("test -e /var/run/docker.sock", "test -e /run/docker.sock", "test -e /run/dbus");
        var ran = await SeeAsync("find / -path /proc -prune -o -type s -print 2>/dev/null");
        Assert.Equal("", ran.Output);
    }

    [Fact]
    public Task No_file_of_the_host_is_there() => RefusedAsync($"test -e {fixture.Files.Path}", $"test -e {AppContext.BaseDirectory}", "ls /root", "cat /etc/shadow");

    [Fact]
    public Task Nobody_becomes_root() => RefusedAsync("su -c true", "setpriv --reuid 0 true", "perl -e '$> = 0; exit($> != 0)'", "perl -e 'exit(syscall(105, 0) != 0)'", "chown root /build", "perl -e 'exit(syscall(117, 0, 0, 0) != 0)'");

    [Fact]
    public async Task No_capability_is_left()
    {
        var ran = await SeeAsync("grep -h -E '^(CapInh|CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs|Seccomp):' /proc/self/status | tr -d '\\t'");
        Assert.Equal("CapInh:0000000000000000\nCapPrm:0000000000000000\nCapEff:0000000000000000\nCapBnd:0000000000000000\nCapAmb:0000000000000000\nNoNewPrivs:1\nSeccomp:2\n", ran.Output);
    }

    [Fact]
    public async Task A_set_user_id_bit_gives_nothing()
    {
        var ran = await SeeAsync("cp /bin/bash mine; chmod 4755 mine; ./mine -p -c 'id -u'; for f in $(find /usr -perm -4000); do echo $f >&2; done; /usr/bin/su root -c id </dev/null; id -u");
        Assert.Equal("1000\n1000\n", ran.Output);
    }

    [Fact]
    public Task No_new_namespace_is_made() =>
        RefusedAsync("unshare -U true", "unshare -Ur id", "unshare -m true", "unshare -n true", "unshare -p true", "perl -e 'my $p = syscall(56, 0x10000000 | 17, 0, 0, 0, 0); exit($p < 0)'", "perl -e 'exit(syscall(272, 0x10000000) != 0)'", "nsenter -t 1 -m true");

    [Fact]
    public Task Nothing_is_mounted() => RefusedAsync(
        "mount -t tmpfs none /tmp", "mount --bind /etc /tmp", "mount -t proc proc /tmp", "perl -e 'exit(syscall(165, \"none\", \"/tmp\", \"tmpfs\", 0, 0) != 0)'", "perl -e 'exit(syscall(430, \"tmpfs\", 0) < 0)'",
        "umount /build", "chroot /build true", "perl -e 'exit(syscall(155, \".\", \".\") != 0)'");

    [Fact]
    public async Task No_process_of_the_host_is_seen_or_touched()
    {
        var self = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        await RefusedAsync($"kill -0 {self}", $"test -e /proc/{self}", $"perl -e 'exit(syscall(101, 16, {self}, 0, 0) != 0)'", $"perl -e 'exit(syscall(310, {self}, 0, 0, 0, 0, 0) < 0)'", "grep -l -a '[d]otnet' /proc/[0-9]*/cmdline");
        var ran = await SeeAsync("ls -d /proc/[0-9]* | wc -l");
        Assert.InRange(int.Parse(ran.Output, CultureInfo.InvariantCulture), 1, 10);
    }

    [Fact]
    public async Task No_secret_of_this_programs_environment_is_there()
    {
        const string Secret = "PYRSIA_TEST_SECRET_TOKEN";
        Environment.SetEnvironmentVariable(Secret, "do-not-tell-anybody");
        try
        {
            await RefusedAsync("env | grep -i -E 'secret|token|key|pass'", "cat /proc/[0-9]*/environ 2>/dev/null | grep -a do-not-tell-anybody", "tr '\\0' ' ' </proc/1/cmdline | grep -e '--ro-[b]ind'");
        }
        finally
        {
            Environment.SetEnvironmentVariable(Secret, null);
        }
    }

    [Fact]
    public async Task No_open_file_is_inherited()
    {
        var ran = await SeeAsync("ls /proc/$$/fd; true");
        Assert.Equal("0\n1\n2\n", ran.Output);
    }

    [Fact]
    public async Task The_kernel_takes_no_orders()
    {
        await RefusedAsync("echo x >/proc/sys/kernel/core_pattern", "echo h >/proc/sysrq-trigger", "echo 1 >/proc/sys/vm/drop_caches", "echo -1000 >/proc/self/oom_score_adj", "date -s 2001-01-01", "hostname other", "dmesg", "ulimit -n 100000", "test -w /sys/fs/cgroup/memory/tasks");
        // bpf, perf_event_open, userfaultfd, keyctl, add_key, init_module, kexec_load, reboot.
        await RefusedAsync([.. new[] { "321, 0, 0, 0", "298, 0, 0, -1, -1, 0", "323, 0", "250, 0, 0, 0, 0, 0", "248, \"user\", \"x\", \"y\", 1, -3", "175, 0, 0, 0", "246, 0, 0, 0, 0", "169, 0xfee1dead, 672274793, 0, 0" }.Select(call => $"perl -e 'exit(syscall({call}) < 0)'")]);
    }

    [Fact]
    public Task There_is_no_disk() => RefusedAsync("ls /dev/[hsv]d[a-z]* /dev/mem /dev/kmem /dev/kmsg /dev/fuse /dev/loop-control", "mknod /build/disk b 8 0", "perl -e 'exit(syscall(133, \"/build/x\", 0060666, 2048) != 0)'", "head -c 1 /proc/kcore");

    [Fact]
    public Task No_other_kind_of_network_is_opened() => RefusedAsync([.. new[] { 17, 40 }.Select(family => $"perl -e 'exit(syscall(41, {family}, 3, 0) < 0)'")]);
}
