using System.Globalization;
using Pyrsia.Builds.Outputs;
using Pyrsia.Builds.Sandboxes;
using Pyrsia.EndToEnd.Tests.Harness;
using Xunit;

namespace Pyrsia.EndToEnd.Tests.Builds;

public abstract partial class HostileBuildTests
{
    [Fact]
    public async Task Processes_run_out_at_the_limit()
    {
        var ran = await TryAsync("perl -e 'my $n = 0; while (1) { my $p = fork; if (!defined $p) { print $n; exit 3 } if ($p == 0) { sleep 1000 } $n++ }'");
        Assert.True(ran.Result is { Outcome: SandboxOutcome.Exited, ExitCode: 3 }, ran.ToString());
        Assert.InRange(int.Parse(ran.Output, CultureInfo.InvariantCulture), 10, SandboxFixture.Tight.Processes);
    }

    [Fact]
    public async Task A_fork_bomb_ends_with_its_time()
    {
        var marker = $"bomb-{Guid.NewGuid():N}";
        var ran = await TryAsync($"exec -a {marker} perl -e 'fork while 1'", SandboxFixture.Tight with { WallClock = TimeSpan.FromSeconds(2) });
        Assert.True(ran.Result.Outcome == SandboxOutcome.TimedOut, ran.ToString());
        Assert.Empty(HostProcesses.With(marker));
    }

    [Fact]
    public async Task A_build_that_eats_memory_is_ended_and_it_is_said_why()
    {
        var ran = await TryAsync("perl -e '$x = \"x\" x (1 << 29); sleep 1000'");
        Assert.True(ran.Result is { Outcome: SandboxOutcome.OutOfMemory, Succeeded: false }, ran.ToString());
    }

    [Fact]
    public async Task A_build_that_hides_that_its_child_ate_memory_is_found_out()
    {
        var ran = await TryAsync("perl -e '$x = \"x\" x (1 << 29); sleep 1000' || true; echo all is well");
        Assert.True(ran.Result is { Outcome: SandboxOutcome.OutOfMemory, Succeeded: false }, ran.ToString());
    }

    [Fact]
    public async Task A_full_disk_is_the_builds_own_disk()
    {
        var ran = await TryAsync("for d in /build /tmp /dev/shm; do cat /dev/zero >$d/x; stat -c %s $d/x; rm $d/x; done");
        Assert.Equal(3, ran.Log.Split("No space left on device").Length - 1);
        Assert.All(ran.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries), size => Assert.InRange(long.Parse(size, CultureInfo.InvariantCulture), 1, SandboxFixture.Tight.WorkBytes));
    }

    [Fact]
    public async Task Ten_gigabytes_of_log_are_cut_at_the_limit()
    {
        var ran = await TryAsync("head -c 10G /dev/zero | tr '\\0' x >&2");
        Assert.True(ran.Result.Outcome == SandboxOutcome.LogLimit, ran.ToString());
        Assert.Equal(SandboxFixture.Tight.LogBytes, ran.Result.LogBytes);
        Assert.Equal(SandboxFixture.Tight.LogBytes, ran.Log.Length);
    }

    [Fact]
    public async Task An_output_without_end_is_cut_at_the_limit()
    {
        var ran = await TryAsync("tr '\\0' x </dev/zero");
        Assert.True(ran.Result.Outcome == SandboxOutcome.OutputLimit, ran.ToString());
        Assert.Equal(SandboxFixture.Tight.OutputBytes, ran.Result.OutputBytes);
        Assert.Equal(SandboxFixture.Tight.OutputBytes, ran.Output.Length);
    }

    [Theory]
    [InlineData("sleep 1000000")]
    [InlineData("trap '' TERM INT HUP QUIT; while :; do :; done")]
    [InlineData("kill -STOP $$; sleep 1000000")]
    public async Task A_build_without_end_is_ended_with_its_time(string script)
    {
        var ran = await TryAsync(script, SandboxFixture.Tight with { WallClock = TimeSpan.FromSeconds(1) });
        Assert.True(ran.Result.Outcome == SandboxOutcome.TimedOut, ran.ToString());
        Assert.InRange(ran.Result.Duration, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task No_process_survives_the_end()
    {
        var marker = $"survivor-{Guid.NewGuid():N}";
        var ran = await TryAsync($"(exec -a {marker} setsid sleep 1000 &) ; (trap '' TERM HUP; exec -a {marker} nohup setsid sleep 1000 & disown) ; perl -e 'fork and exit; setpgrp; fork and exit; exec {{\"sleep\"}} \"{marker}\", 1000'; echo parent is done");
        Assert.True(ran.Result.Succeeded, ran.ToString());
        Assert.Equal("parent is done\n", ran.Output);
        Assert.InRange(ran.Result.Duration, TimeSpan.Zero, TimeSpan.FromSeconds(30));
        Assert.Empty(HostProcesses.With(marker));
    }

    [Theory]
    [InlineData("ln -s /etc/passwd x; tar -cf - x", OutputRefusal.Link)]
    [InlineData("echo 1 >a; ln a b; tar -cf - a b", OutputRefusal.Link)]
    [InlineData("tar -cPf - ../etc/hostname", OutputRefusal.ClimbingName)]
    [InlineData("tar -cPf - /etc/hostname", OutputRefusal.AbsoluteName)]
    [InlineData("tar -C /dev -cf - null", OutputRefusal.SpecialFile)]
    [InlineData("mkfifo p; tar -cf - p", OutputRefusal.SpecialFile)]
    [InlineData("echo 1 >a; tar -cf - a a", OutputRefusal.Link)]
    [InlineData("echo 1 >a; tar --hard-dereference -cf - a a", OutputRefusal.Duplicate)]
    [InlineData("truncate -s 1G a; tar -cSf - a", OutputRefusal.SpecialFile)]
    [InlineData("echo 1 >a; tar -cf - a | head -c 700", OutputRefusal.Malformed)]
    [InlineData("mkdir d; for i in $(seq 200); do echo >d/$i; done; tar -cf - d", OutputRefusal.TooManyEntries)]
    public async Task An_archive_that_means_harm_is_refused_with_a_name(string script, OutputRefusal reason)
    {
        var run = fixture.Script(await BuilderImages.GetAsync(Cancel), script);
        var ran = await fixture.RunAsync(run, Cancel);
        await using var tar = File.OpenRead(run.OutputPath);
        var into = fixture.Files[$"into-{Guid.NewGuid():N}"];
        var reading = await OutputArchive.ExtractAsync(tar, into, new OutputRules { MaxEntries = 100 }, Cancel);
        Assert.True(reading.Refusal == reason, $"{reading.Refusal} {reading.Entry}\n{ran}");
        Assert.False(Directory.Exists(into));
    }

    /// <summary>Runs a script that looks around.</summary>
    private async Task<SandboxRunText> SeeAsync(string script) => await fixture.RunAsync(fixture.Script(await BuilderImages.GetAsync(Cancel), script), Cancel);

    /// <summary>Runs a script, then an ordinary one, which has to work.</summary>
    private async Task<SandboxRunText> TryAsync(string script, SandboxLimits? limits = null)
    {
        var image = await BuilderImages.GetAsync(Cancel);
        var ran = await fixture.RunAsync(fixture.Script(image, script) with { Limits = limits ?? SandboxFixture.Tight }, Cancel);
        var next = await fixture.RunAsync(fixture.Script(image, "echo an ordinary build >made && cat made"), Cancel);
        Assert.True(next.Result.Succeeded && next.Output == OrdinaryOutput, next.ToString());
        return ran;
    }

    /// <summary>Runs commands that must all fail, in one sandbox.</summary>
    private async Task RefusedAsync(params string[] commands)
    {
        var script = string.Join('\n', commands.Select((command, i) => $"( {command} ) </dev/null >/dev/null 2>>/build/said && echo {i}"));
        var ran = await SeeAsync($"{script}\ncat /build/said >&2; exit 0");
        Assert.True(ran.Result.Succeeded, ran.ToString());
        Assert.True(ran.Output.Length == 0, $"These were let through: {string.Join(" | ", ran.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(i => commands[int.Parse(i, CultureInfo.InvariantCulture)]))}\n{ran}");
    }
}
