using Pyrsia.Builds.Images;
using Pyrsia.EndToEnd.Tests.Harness;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.EndToEnd.Tests.Builds;

/// <summary><c>pyrsia-authority builder make</c> where it cannot do what is asked. What it makes is used by every other test here.</summary>
public sealed class BuilderCommandTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("--packages", "git,$(true)", "no name of a Debian package")]
    [InlineData("--mirror", "mirror.test", "no mirror")]
    [InlineData("--epoch", "-1", "epoch")]
    [InlineData("--epoch", "today", "--epoch")]
    public async Task A_malformed_option_is_wrong_usage(string option, string value, string reason)
    {
        var made = await Command.RunAsync(Programs.Authority, ["builder", "make", "--out", _directory["images"], option, value]);
        Assert.True(made.ExitCode == 2 && made.Error.Contains(reason, StringComparison.OrdinalIgnoreCase), made.ToString());
        Assert.False(Directory.Exists(_directory["images"]));
    }

    [Fact]
    public async Task A_release_that_this_machine_gets_no_packages_of_needs_a_mirror()
    {
        var made = await Command.RunAsync(Programs.Authority, ["builder", "make", "--out", _directory["images"], "--suite", "no-such-release"]);
        Assert.True(made.ExitCode == 1 && made.Error.Contains("--mirror", StringComparison.Ordinal), made.ToString());
    }

    [Fact]
    public async Task A_mirror_that_has_nothing_leaves_nothing_behind()
    {
        var made = await Command.RunAsync(Programs.Authority, ["builder", "make", "--out", _directory["images"], "--mirror", $"file://{_directory["empty"]}"]);
        Assert.True(made.ExitCode == 1 && made.Error.Contains("mmdebstrap ended with", StringComparison.Ordinal), made.ToString());
        Assert.Empty(Directory.EnumerateFileSystemEntries(_directory["images"]));
    }

    [Fact]
    public async Task A_making_that_is_given_up_leaves_nothing_behind()
    {
        using var giveUp = new CancellationTokenSource();
        var making = new BuilderImageStore(_directory["images"]).MakeAsync(BuilderImages.Recipe, mirror: null, giveUp.Token);
        await Wait.UntilAsync(() => Task.FromResult(HostProcesses.With(_directory["images"]).Count > 0), TimeSpan.FromSeconds(30), "mmdebstrap started", TestContext.Current.CancellationToken);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => making);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_directory["images"]));
        Assert.Empty(HostProcesses.With(_directory["images"]));
    }
}
