using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Pyrsia.EndToEnd.Tests.Harness;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.EndToEnd.Tests;

/// <summary>An authority loses its disk, and comes back from a backup that is older than what it has signed.</summary>
public sealed class RestoredAuthorityTests
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_authority_from_a_backup_catches_up_does_not_vote_and_signs_nothing_until_a_set_change_names_its_new_key()
    {
        using var directory = new TemporaryDirectory();
        var layout = TestImages.WriteSmall(directory["upstream"], "library/one:1", "library/two:1", "library/three:1", "library/four:1", "library/five:1");
        await using var testnet = await Testnet.StartAsync($"oci:{layout}", nodes: 1);
        var config = Path.Combine(testnet.Path, testnet.Authorities[0].Name, "config.json");
        var data = Path.Combine(testnet.Path, testnet.Authorities[0].Name, "data");

        await BuildsAsync(testnet, "one:1");
        await testnet.StopAsync(testnet.Authorities[0], StopLimit, Cancel);
        await MustAsync("backup", directory["a1.backup"], "--config", config);
        await testnet.UpAsync();
        await BuildsAsync(testnet, "two:1");

        await testnet.StopAsync(testnet.Authorities[0], StopLimit, Cancel);
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
        await VotesAgainAsync(testnet, config, directory["proof"]);
        Assert.All(testnet.Authorities, authority => Assert.False(Directory.Exists(Path.Combine(testnet.Path, authority.Name, "data", "evidence")), $"{authority.Name} has evidence"));
    }

    /// <summary>A new vote key, proposed by its operator and approved by the three others: the authority is one of the quorum again, and the old network file proves what is logged.</summary>
    private static async Task VotesAgainAsync(Testnet testnet, string config, string proof)
    {
        Assert.Contains("Made vote-2", await MustAsync("set", "key", "--config", config), StringComparison.Ordinal);
        await using var restored = Daemon.Start(Programs.Authority, "--config", config);
        await Readiness.SaysAsync(testnet.Authorities[0].Client, testnet.Authorities[0].Http, "its vote key was restored from a backup", Cancel);
        await testnet.SameRootsAsync(Cancel);
        var id = Regex.Match(await MustAsync("set", "propose", "--config", config), "Set '([0-9a-f]{64})' is proposed").Groups[1].Value;
        foreach (var other in testnet.Authorities.Skip(1))
        {
            var theirs = Path.Combine(testnet.Path, other.Name, "config.json");
            await Wait.UntilAsync(async () => (await Command.RunAsync(Programs.Authority, ["set", "show", "--config", theirs])).Output.Contains(id, StringComparison.Ordinal), TimeSpan.FromSeconds(30), $"{other.Name} does not show the proposal", Cancel);
            Assert.Contains("approves set", await MustAsync("set", "approve", id, "--config", theirs), StringComparison.Ordinal);
        }
        await restored.HearAsync("Epoch 1 begins with 4 authorities. This one: it votes.", Cancel);
        await Readiness.SaysAsync(testnet.Authorities[0].Client, testnet.Authorities[0].Http, "ok", Cancel);
        // It votes before all have heard that a quorum of the old set has signed the end of their epoch.
        await Wait.UntilAsync(async () => (await MustAsync("set", "show", "--config", config)).Contains("epoch 1", StringComparison.Ordinal), TimeSpan.FromSeconds(30), "The new set is not proven", Cancel);

        // One of the others is gone: nothing is agreed on now without the vote of the one that came back.
        await testnet.StopAsync(testnet.Authorities[1], StopLimit, Cancel);
        await BuildsAsync(testnet, "four:1");
        var bundle = await testnet.CliAsync(testnet.Nodes[0], "bundle", "docker.io/library/four:1", "-o", proof);
        Assert.True(bundle.ExitCode == 0, bundle.ToString());
        var verified = await testnet.CliAsync(testnet.Nodes[0], "verify", proof);
        Assert.True(verified.ExitCode == 0, verified.ToString());
        Assert.Contains("of epoch 1", verified.Output, StringComparison.Ordinal);
        var audit = await testnet.CliAsync(testnet.Nodes[0], "log", "audit");
        Assert.True(audit.ExitCode == 0, audit.ToString());

        // And once more from its files: the ended epoch is applied, and the new key goes on.
        await restored.StopAsync();
        await using var again = Daemon.Start(Programs.Authority, "--config", config);
        await again.HearAsync("Epoch 1 begins with 4 authorities. This one: it votes.", Cancel);
        await BuildsAsync(testnet, "five:1");
        await again.StopAsync();
        var report = JsonNode.Parse(await MustAsync("inspect", "--config", config, "--output", "json"))!;
        Assert.True((bool)report["mayVote"]!);
        Assert.Equal(1, (int)report["epoch"]!);
    }

    private static async Task BuildsAsync(Testnet testnet, string image)
    {
        var built = await testnet.CliAsync(testnet.Nodes[0], "build", "docker", "--image", image, "--wait");
        Assert.True(built.ExitCode == 0, built.ToString());
    }

    private static async Task<string> MustAsync(params string[] arguments)
    {
        var result = await Command.RunAsync(Programs.Authority, arguments);
        Assert.True(result.ExitCode == 0, result.ToString());
        return result.Output;
    }
}
