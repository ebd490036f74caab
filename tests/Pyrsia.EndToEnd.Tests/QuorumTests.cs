using System.Text.Json.Nodes;
using Pyrsia.EndToEnd.Tests.Harness;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.EndToEnd.Tests;

/// <summary>Authorities are killed and come back; nothing that was acknowledged is lost.</summary>
public sealed class QuorumTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Builds_go_on_without_one_authority_wait_without_two_and_complete_when_they_are_back()
    {
        using var directory = new TemporaryDirectory();
        var path = TestImages.WriteSmall(directory["upstream"], "library/one:1", "library/two:1");
        await using var testnet = await Testnet.StartAsync($"oci:{path}");
        var node = testnet.Nodes[0];

        testnet.Authorities[3].Signal("KILL");
        var withThree = await testnet.CliAsync(node, "build", "docker", "--image", "one:1", "--wait");
        Assert.True(withThree.ExitCode == 0, withThree.ToString());

        testnet.Authorities[2].Signal("KILL");
        await Wait.UntilAsync(async () => (await node.GetAsync("peers")).AsArray().All(p => (string)p! != testnet.Authorities[2].PeerId), TimeSpan.FromSeconds(20), "the killed authority is still listed", Cancel);
        var withTwo = await testnet.CliAsync(node, "build", "docker", "--image", "two:1");
        Assert.True(withTwo.ExitCode == 0, withTwo.ToString());
        Assert.Contains("quorum", withTwo.Output + withTwo.Error, StringComparison.OrdinalIgnoreCase);
        var waiting = await testnet.CliAsync(node, "build", "docker", "--image", "two:1", "--wait", "--timeout", "3");
        Assert.True(waiting.ExitCode == 8, waiting.ToString());
        var id = withTwo.Output.Split('\'')[1];

        await testnet.UpAsync();
        await Wait.UntilAsync(
            async () => await (await testnet.Nodes[0].PostAsync("build/status", new { build_id = id })).Content.ReadAsStringAsync(Cancel) is var state && JsonNode.Parse(state) is JsonObject o && o.ContainsKey("Success"),
            TimeSpan.FromSeconds(60), "the waiting request did not complete", Cancel);
        await testnet.SameRootsAsync(Cancel);
    }
}
