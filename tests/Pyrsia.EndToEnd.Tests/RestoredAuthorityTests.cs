using System.Text.Json.Nodes;
using Pyrsia.EndToEnd.Tests.Harness;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.EndToEnd.Tests;

/// <summary>An authority loses its disk, and comes back from a backup that is older than what it has signed.</summary>
public sealed class RestoredAuthorityTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_authority_from_a_backup_catches_up_says_that_it_does_not_vote_and_signs_nothing()
    {
        using var directory = new TemporaryDirectory();
        var layout = TestImages.WriteSmall(directory["upstream"], "library/one:1", "library/two:1", "library/three:1");
        await using var testnet = await Testnet.StartAsync($"oci:{layout}", nodes: 1);
        var config = Path.Combine(testnet.Path, testnet.Authorities[0].Name, "config.json");
        var data = Path.Combine(testnet.Path, testnet.Authorities[0].Name, "data");

        await BuildsAsync(testnet, "one:1");
        await StopAsync(testnet.Authorities[0], data);
        await MustAsync("backup", directory["a1.backup"], "--config", config);
        await testnet.UpAsync();
        await BuildsAsync(testnet, "two:1");

        await StopAsync(testnet.Authorities[0], data);
        Directory.Delete(data, recursive: true);
        await MustAsync("restore", directory["a1.backup"], "--config", config, "--verify");
        // By itself: it never is as ready as 'testnet up' waits for.
        await using var restored = Daemon.Start(Programs.Authority, "--config", config);
        await Readiness.SaysAsync(testnet.Authorities[0].Client, testnet.Authorities[0].Http, "its vote key was restored from a backup", Cancel);
        await testnet.SameRootsAsync(Cancel);
        await BuildsAsync(testnet, "three:1");
        await testnet.SameRootsAsync(Cancel);

        var said = await restored.HearAsync("This authority does not vote: its vote key was restored from a backup", Cancel);
        Assert.DoesNotContain("signed two contents", said, StringComparison.Ordinal);
        await restored.StopAsync();
        var report = JsonNode.Parse(await MustAsync("inspect", "--config", config, "--output", "json"))!;
        Assert.False((bool)report["mayVote"]!);
        Assert.Equal(0, (int)report["journal"]!["votes"]!);
        Assert.All(testnet.Authorities, authority => Assert.False(Directory.Exists(Path.Combine(testnet.Path, authority.Name, "data", "evidence")), $"{authority.Name} has evidence"));
    }

    private static async Task BuildsAsync(Testnet testnet, string image)
    {
        var built = await testnet.CliAsync(testnet.Nodes[0], "build", "docker", "--image", image, "--wait");
        Assert.True(built.ExitCode == 0, built.ToString());
    }

    /// <summary>Stops an authority and waits until it has let go of its directory.</summary>
    private static async Task StopAsync(TestnetMember authority, string data)
    {
        authority.Signal("TERM");
        await Wait.UntilAsync(() => Task.FromResult(IsFree(Path.Combine(data, "lock"))), TimeSpan.FromSeconds(30), $"{authority.Name} does not stop", Cancel);
    }

    private static bool IsFree(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static async Task<string> MustAsync(params string[] arguments)
    {
        var result = await Command.RunAsync(Programs.Authority, arguments);
        Assert.True(result.ExitCode == 0, result.ToString());
        return result.Output;
    }
}
