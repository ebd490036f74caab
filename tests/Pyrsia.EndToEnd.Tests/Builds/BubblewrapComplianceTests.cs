using System.Diagnostics;
using Pyrsia.Builds.Sandboxes;
using Pyrsia.EndToEnd.Tests.Harness;
using Xunit;

namespace Pyrsia.EndToEnd.Tests.Builds;

/// <summary>The compliance suite on bubblewrap, and what only bubblewrap has.</summary>
public sealed class BubblewrapComplianceTests(BubblewrapFixture fixture) : SandboxComplianceTests(fixture), IClassFixture<BubblewrapFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_program_that_died_left_running_is_ended_at_the_next_start()
    {
        // The owner has the number of a process that lives, and a start time that it does not have.
        var left = Directory.CreateDirectory(fixture.Files["state/run-1-1-left"]).FullName;
        using var process = Process.Start("/bin/sh", ["-c", "read -r stat </proc/$$/stat; echo \"$stat\" >\"$1\"; exec sleep 1000", "sh", Path.Combine(left, "process")]);
        await Wait.UntilAsync(() => Task.FromResult(File.Exists(Path.Combine(left, "process")) && new FileInfo(Path.Combine(left, "process")).Length > 0), TimeSpan.FromSeconds(20), "the process wrote its identity", Cancel);
        await using var sandbox = await fixture.SandboxAsync(Cancel);
        Assert.False(Directory.Exists(left));
        await process.WaitForExitAsync(Cancel);
        Assert.Equal(137, process.ExitCode);
    }

    [Fact]
    public async Task A_run_leaves_no_file_and_no_control_group()
    {
        string[] groups = [];
        var run = fixture.Script(await BuilderImages.GetAsync(Cancel), "echo up >&2");
        var ran = await fixture.RunAsync(run with { OnLog = _ => groups = File.ReadAllLines(Path.Combine(Directory.GetDirectories(fixture.Files["state"]).Single(), "groups")) }, Cancel);
        Assert.True(ran.Result.Succeeded, ran.ToString());
        // Here this program is root and may make control groups.
        Assert.Equal(Enforcement.Whole, ran.Result.Memory);
        Assert.InRange(ran.Result.PeakMemoryBytes ?? 0, 1, SandboxFixture.Tight.MemoryBytes);
        Assert.NotEmpty(groups);
        Assert.All(groups, group => Assert.False(Directory.Exists(group)));
        Assert.Empty(Directory.GetDirectories(fixture.Files["state"]));
    }
}
