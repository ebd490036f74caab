using Pyrsia.Builds.Bubblewrap;
using Pyrsia.Builds.Images;
using Pyrsia.Builds.Sandboxes;
using Pyrsia.Contracts;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.Tests.Builds;

/// <summary>Which runs are refused before anything is started, and what bubblewrap is told of the others.</summary>
public sealed class SandboxRunTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private SandboxRun Good => new() { Image = new BuilderImage(Digest.Of([]), "tar", "root"), Command = ["true"], OutputPath = _directory["out"] };

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_malformed_run_is_refused_with_what_is_wrong()
    {
        Good.Check();
        Refused("program", Good with { Command = [] });
        Refused("program", Good with { Command = ["A=b"] });
        Refused("null character", Good with { Command = ["true", "a\0b"] });
        Refused("longer than", Good with { Command = ["true", new string('x', 70_000)] });
        Refused("user between", Good with { UserId = 0 });
        Refused("nine bits", Good with { Umask = 512 });
        Refused("environment variable", Good with { Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["A B"] = "" } });
        Refused("name of a mount", Good with { Mounts = [new SandboxMount("../etc", _directory.Path)] });
        Refused("not there", Good with { Mounts = [new SandboxMount("x", _directory["missing"])] });
        Refused("one name", Good with { Mounts = [new SandboxMount("x", _directory.Path), new SandboxMount("x", _directory.Path)] });
        Refused("not there", Good with { Socket = _directory["missing"] });
        Refused("greater than zero", Good with { Limits = new SandboxLimits { Processes = 0 } });
        Refused("smaller than", Good with { Limits = new SandboxLimits { WorkBytes = 4L << 30 } });
    }

    [Fact]
    public void A_socket_that_the_command_could_not_write_to_is_refused()
    {
        if (OperatingSystem.IsWindows()) return;
        File.WriteAllText(_directory["socket"], "");
        File.SetUnixFileMode(_directory["socket"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Refused("0666", Good with { Socket = _directory["socket"] });
    }

    [Fact]
    public void Root_makes_no_user_namespace_and_others_do()
    {
        var root = BubblewrapArguments.Options(Good, asRoot: true);
        var other = BubblewrapArguments.Options(Good, asRoot: false);
        Assert.DoesNotContain("--unshare-user", root);
        Assert.Contains("--unshare-user", other);
        Assert.DoesNotContain("--cap-add", other);
        Assert.Contains("--unshare-net", root);
        Assert.Contains("--unshare-net", other);
        Assert.Contains("/usr/bin/setpriv", BubblewrapArguments.Command(Good, asRoot: true, grouped: true));
        Assert.DoesNotContain("/usr/bin/setpriv", BubblewrapArguments.Command(Good, asRoot: false, grouped: true));
    }

    [Fact]
    public void Without_control_groups_each_process_gets_limits()
    {
        var limits = string.Join(' ', BubblewrapArguments.Command(Good, asRoot: false, grouped: false));
        Assert.Contains("--nproc=512:512 --data=3221225472:3221225472 --cpu=3600:3600", limits, StringComparison.Ordinal);
        Assert.DoesNotContain("--nproc", string.Join(' ', BubblewrapArguments.Command(Good, asRoot: false, grouped: true)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_process_is_known_by_number_and_start_time()
    {
        Assert.Equal(new ProcessIdentity(42, 7777), ProcessIdentity.Parse("42 (a) b (c) S 1 42 42 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 7777 0 0"));
        Assert.Null(ProcessIdentity.Parse("nonsense"));
        Assert.True(ProcessIdentity.Self.IsAlive);
        Assert.False((ProcessIdentity.Self with { StartTicks = 1 }).IsAlive);
    }

    private static void Refused(string reason, SandboxRun run) => Assert.Contains(reason, Assert.Throws<ArgumentException>(run.Check).Message, StringComparison.Ordinal);
}
