using Pyrsia.Builds.Bubblewrap;
using Pyrsia.Builds.Sandboxes;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.Tests.Builds;

/// <summary>What is written into control groups of both versions, on plain files. The end-to-end tests use the kernel's.</summary>
public sealed class ControlGroupTests : IDisposable
{
    private static readonly SandboxLimits Limits = new() { MemoryBytes = 4L << 30, Processes = 99, Cpus = 1.5 };

    private readonly TemporaryDirectory _mount = new();

    public void Dispose() => _mount.Dispose();

    [Fact]
    public void Version_one_has_a_group_for_each_controller_below_this_programs_own()
    {
        Make("memory/service/cgroup.procs", "pids/cgroup.procs", "cpu/cgroup.procs");
        var group = ControlGroup.TryCreate(_mount.Path, "4:memory:/service\n3:pids:/\n2:cpu,cpuacct:/outside\n", "pyrsia-x", Limits)!;
        Assert.Equal([_mount["memory/service/pyrsia-x"], _mount["pids/pyrsia-x"], _mount["cpu/pyrsia-x"]], group.Directories);
        Assert.Equal("4294967296", Read("memory/service/pyrsia-x/memory.limit_in_bytes"));
        Assert.Equal("99", Read("pids/pyrsia-x/pids.max"));
        Assert.Equal("150000", Read("cpu/pyrsia-x/cpu.cfs_quota_us"));
        Assert.False(group.OutOfMemory);
        File.WriteAllText(_mount["memory/service/pyrsia-x/memory.oom_control"], "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n");
        File.WriteAllText(_mount["memory/service/pyrsia-x/memory.max_usage_in_bytes"], "12345\n");
        Assert.True(group.OutOfMemory);
        Assert.Equal(12345, group.PeakMemoryBytes);
    }

    [Fact]
    public void Version_two_has_one_group_below_one_that_hands_controllers_down()
    {
        Make("cgroup.controllers", "own/cgroup.procs", "own/cgroup.subtree_control");
        File.WriteAllText(_mount["own/cgroup.subtree_control"], "memory pids\n");
        var group = ControlGroup.TryCreate(_mount.Path, "0::/own\n", "pyrsia-x", Limits)!;
        Assert.Equal([_mount["own/pyrsia-x"]], group.Directories);
        Assert.Equal("+cpu", Read("own/cgroup.subtree_control"));
        Assert.Equal("4294967296", Read("own/pyrsia-x/memory.max"));
        Assert.Equal("99", Read("own/pyrsia-x/pids.max"));
        Assert.Equal("150000 100000", Read("own/pyrsia-x/cpu.max"));
        File.WriteAllText(_mount["own/pyrsia-x/memory.events"], "low 0\noom 1\noom_kill 1\noom_group_kill 0\n");
        Assert.True(group.OutOfMemory);
    }

    [Fact]
    public void Where_a_controller_is_missing_there_is_no_group_and_nothing_is_left()
    {
        Make("memory/cgroup.procs", "pids/cgroup.procs");
        Assert.Null(ControlGroup.TryCreate(_mount.Path, "", "pyrsia-x", Limits));
        Assert.Empty(Directory.EnumerateDirectories(_mount.Path, "pyrsia-x", SearchOption.AllDirectories));
    }

    private void Make(params string[] files)
    {
        foreach (var file in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_mount[file])!);
            File.WriteAllText(_mount[file], "");
        }
    }

    private string Read(string file) => File.ReadAllText(_mount[file]);
}
