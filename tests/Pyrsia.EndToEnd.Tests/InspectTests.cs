using System.Text.Json.Nodes;
using Pyrsia.EndToEnd.Tests.Harness;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.EndToEnd.Tests;

/// <summary>What an operator is told of a stopped authority, and of a configuration before it is started.</summary>
public sealed class InspectTests(VotedNetwork network) : IClassFixture<VotedNetwork>, IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private string _data = "";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string[] Arguments => ["--data-dir", _data, "--network", network.File];

    public async ValueTask InitializeAsync()
    {
        _data = _directory["data"];
        await Command.MustAsync("cp", "-a", network.Data, _data);
    }

    public ValueTask DisposeAsync()
    {
        _directory.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_stopped_authority_says_where_it_stands_and_not_a_byte_of_it_changes()
    {
        await File.AppendAllBytesAsync(Path.Combine(_data, "journal", "epoch-0.journal"), [0, 0, 0, 9, 1], Cancel);
        await File.AppendAllBytesAsync(Path.Combine(_data, "log", "tail-0"), [0, 0, 0, 100, 1, 2, 3], Cancel);
        await Command.MustAsync("chmod", "-R", "a-w", _data);
        var before = await DigestsAsync();
        var report = JsonNode.Parse((await MustAsync("inspect", "--output", "json")).Output)!;
        Assert.True((bool)report["mayVote"]!);
        Assert.InRange((int)report["log"]!["size"]!, 5, 100);
        Assert.Equal((int)report["log"]!["size"]!, (int)report["log"]!["checkpointSize"]!);
        Assert.InRange((int)report["finalized"]!["height"]!, 1, 100);
        Assert.InRange((int)report["journal"]!["votes"]!, 1, 1000);
        Assert.Empty(report["openRequests"]!.AsArray());
        Assert.StartsWith("sha256:", (string)report["keys"]!["vote"]!, StringComparison.Ordinal);
        var text = (await MustAsync("inspect")).Output;
        Assert.Contains($"{report["log"]!["size"]} entries, root {report["log"]!["root"]}", text, StringComparison.Ordinal);
        Assert.Contains((string)report["keys"]!["peerId"]!, text, StringComparison.Ordinal);
        Assert.Contains("A start would succeed.", (await MustAsync("config", "verify")).Output, StringComparison.Ordinal);
        Assert.Equal(before, await DigestsAsync());
    }

    [Fact]
    public async Task A_running_authority_is_not_inspected_but_its_configuration_is_verified()
    {
        await using var authority = Daemon.Start(Programs.Authority, [.. Arguments, "--port", "0", "--listen", "/ip4/127.0.0.1/tcp/0"]);
        await authority.HearAsync("Listening for peers", Cancel);
        var refused = await Command.RunAsync(Programs.Authority, ["inspect", .. Arguments]);
        Assert.True(refused.ExitCode == 1, refused.ToString());
        Assert.Contains("in use by another process", refused.Error, StringComparison.Ordinal);
        Assert.Contains("what it has stored was not looked at", (await MustAsync("config", "verify")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Everything_that_is_wrong_with_a_configuration_is_said_at_once()
    {
        await Command.MustAsync("chmod", "644", Path.Combine(_data, "keys", "vote.key"));
        await File.WriteAllTextAsync(_directory["network.json"], "{", Cancel);
        var result = await Command.RunAsync(
            Programs.Authority,
            ["config", "verify", "--data-dir", _data, "--network", _directory["network.json"], "--port", "70000", "--host", "0.0.0.0", "--listen", "nowhere", "--upstream", "docker.io", "--storage", "paper", "--builder", "hammer"]);
        Assert.True(result.ExitCode == 1, result.ToString());
        foreach (var fault in new[] { "70000 is no port", "0.0.0.0 is not a loopback", "'nowhere' is no multiaddr", "is no upstream", "no storage 'paper'", "no builder 'hammer'", "network.json", "its mode must be 0600" })
            Assert.Contains(fault, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("would succeed", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_start_would_stumble_over_in_the_stored_files_is_found()
    {
        File.Delete(Path.Combine(_data, "journal", "epoch-0.journal"));
        Assert.Contains("It will not vote", (await MustAsync("config", "verify", "--port", "0")).Output, StringComparison.Ordinal);
        var tail = Path.Combine(_data, "log", "tail-0");
        var bytes = await File.ReadAllBytesAsync(tail, Cancel);
        bytes[20] ^= 1;
        await File.WriteAllBytesAsync(tail, bytes, Cancel);
        foreach (var command in new[] { new[] { "config", "verify" }, ["inspect"] })
        {
            var result = await Command.RunAsync(Programs.Authority, [.. command, .. Arguments]);
            Assert.True(result.ExitCode == 1, result.ToString());
            Assert.Contains("is damaged at byte 0", result.Error, StringComparison.Ordinal);
        }
    }

    private async Task<CommandResult> MustAsync(params string[] command)
    {
        var result = await Command.RunAsync(Programs.Authority, [.. command, .. Arguments]);
        Assert.True(result.ExitCode == 0, result.ToString());
        return result;
    }

    private async Task<string> DigestsAsync() => (await Command.RunAsync("sh", ["-c", $"cd '{_data}' && find . -type f -print0 | sort -z | xargs -0 sha256sum && find . | sort"])).Output;
}
