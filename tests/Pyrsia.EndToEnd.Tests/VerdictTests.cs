using System.Text.Json.Nodes;
using Pyrsia.EndToEnd.Tests.Harness;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.EndToEnd.Tests;

/// <summary>Requests that end otherwise than verified, each with its own verdict and exit code; and the proof of one that is verified, checked with no network at all.</summary>
public sealed class VerdictTests
{
    private static async Task UseUpstreamAsync(Testnet testnet, string member, string upstream)
    {
        var path = Path.Combine(testnet.Path, member, "config.json");
        var config = JsonNode.Parse(await File.ReadAllTextAsync(path))!;
        config["upstream"] = new JsonArray($"docker.io={upstream}");
        await File.WriteAllTextAsync(path, config.ToJsonString());
    }

    [Fact]
    public async Task Every_way_to_fail_has_its_own_verdict_and_a_proof_verifies_without_a_network()
    {
        using var directory = new TemporaryDirectory();
        var askers = TestImages.WriteSmall(directory, "library/moved:1", seed: 1);
        var authorities = TestImages.WriteSmall(directory, "library/moved:1", seed: 2);
        await using var testnet = await Testnet.StartAsync($"oci:{authorities}", configure: t => UseUpstreamAsync(t, "node-1", $"oci:{askers}"));
        var (other, same) = (testnet.Nodes[0], testnet.Nodes[1]);

        var unknown = await testnet.CliAsync(same, "build", "docker", "--image", "nobody/has-this:1", "--wait");
        Assert.True(unknown.ExitCode == 4, unknown.ToString());
        var moved = await testnet.CliAsync(other, "build", "docker", "--image", "moved:1", "--wait");
        Assert.True(moved.ExitCode == 7, moved.ToString());
        Assert.Contains("tag-moved", moved.Output + moved.Error, StringComparison.Ordinal);
        var tooLarge = await testnet.CliAsync(same, "build", "docker", "--image", "moved:1", "--max-bytes", "1000", "--wait");
        Assert.True(tooLarge.ExitCode == 7, tooLarge.ToString());
        Assert.Contains("limit-exceeded", tooLarge.Output + tooLarge.Error, StringComparison.Ordinal);

        var good = await testnet.CliAsync(same, "build", "docker", "--image", "moved:1", "--wait");
        Assert.True(good.ExitCode == 0, good.ToString());
        var bundle = directory["proof.json"];
        Assert.Equal(0, (await testnet.CliAsync(same, "bundle", "moved:1", "-o", bundle)).ExitCode);
        var offline = await Command.RunAsync("unshare", ["--net", Programs.Cli, "--network", testnet.NetworkFile, "verify", "moved:1", "--bundle", bundle, "--offline"]);
        Assert.True(offline.ExitCode == 0, offline.ToString());
        var bytes = await File.ReadAllBytesAsync(bundle, TestContext.Current.CancellationToken);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(bundle, bytes, TestContext.Current.CancellationToken);
        var tampered = await testnet.CliAsync(same, "verify", "moved:1", "--bundle", bundle, "--offline");
        Assert.True(tampered.ExitCode == 5, tampered.ToString());

        Directory.Move(authorities, authorities + "-away");
        var down = await testnet.CliAsync(other, "build", "docker", "--image", "moved:1", "--wait");
        Assert.True(down.ExitCode == 7, down.ToString());
        Assert.Contains("upstream-unavailable", down.Output + down.Error, StringComparison.Ordinal);
    }
}
