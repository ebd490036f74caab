using System.Text.Json;
using System.Text.RegularExpressions;
using Pyrsia.EndToEnd.Tests.Harness;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.EndToEnd.Tests;

/// <summary>What a node tells a collector of OpenTelemetry, and who reads its log.</summary>
public sealed partial class TelemetryTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_asks_for_it_reads_a_JSON_object_a_line_in_the_log()
    {
        using var directory = new TemporaryDirectory();
        await using var node = Daemon.Start(Programs.Node, "--data-dir", directory["data"], "--port", "0", "--listen", "/ip4/127.0.0.1/tcp/0", "--log-format", "json");
        var log = await node.HearAsync("Listening for peers on ", Cancel);
        var line = log.Split("\n", StringSplitOptions.RemoveEmptyEntries).Select(text => JsonDocument.Parse(text).RootElement).First(entry => entry.GetProperty("EventId").GetInt32() == 30);
        Assert.Equal("Information", line.GetProperty("LogLevel").GetString());
        Assert.Equal("Pyrsia.Node.Hosting.PeerNetworkService", line.GetProperty("Category").GetString());
        Assert.InRange(line.GetProperty("Timestamp").GetDateTimeOffset(), TimeProvider.System.GetUtcNow().AddMinutes(-10), TimeProvider.System.GetUtcNow());
        Assert.Equal($"Listening for peers on {line.GetProperty("State").GetProperty("Addresses").GetString()}", line.GetProperty("Message").GetString());
    }

    [Fact]
    public async Task A_collector_gets_the_metrics_of_a_node_and_the_traces_of_its_dials_and_handshakes()
    {
        using var directory = new TemporaryDirectory();
        string[] Node(string name, params string[] more) => [Programs.Node, "--data-dir", directory[name], "--port", "0", "--listen", "/ip4/127.0.0.1/tcp/0", .. more];
        await using var collector = await OtlpCollector.StartAsync(Cancel);
        await using var peer = Daemon.Start("env", Node("peer"));
        var address = Listening().Match(await peer.HearAsync("Listening for peers on ", Cancel)).Groups[1].Value;

        await using var node = Daemon.Start("env", [.. collector.Variables, .. Node("node", "--peer", address)]);

        await collector.ReceivesAsync("traces", ["libp2p dial", "libp2p dial address", "libp2p handshake", address, "/noise", "pyrsia-node"], Cancel);
        await collector.ReceivesAsync("metrics", ["pyrsia.peers", "pyrsia-node"], Cancel);
    }

    [GeneratedRegex("Listening for peers on (\\S+)")]
    private static partial Regex Listening();
}
