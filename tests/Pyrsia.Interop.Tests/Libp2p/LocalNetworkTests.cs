using System.Text.Json.Nodes;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.Interop.Tests.Libp2p;

/// <summary>Nodes on one local network that know no peer.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class LocalNetworkTests
{
    private const string Home = "ha";
    private const string SwarmKey = "/key/swarm/psk/1.0.0/\n/base16/\n5a6b7c8d5a6b7c8d5a6b7c8d5a6b7c8d5a6b7c8d5a6b7c8d5a6b7c8d5a6b7c8d\n";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nodes_find_each_other_by_multicast_DNS_and_with_a_swarm_key_let_in_nobody_who_lacks_it(bool isPrivate)
    {
        await using var lab = await NatLab.CreateAsync(symmetric: false);
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(directory["swarm.key"], SwarmKey, TestContext.Current.CancellationToken);
        File.SetUnixFileMode(directory["swarm.key"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        string[] key = isPrivate ? ["--swarm-key", directory["swarm.key"]] : [];
        await using var one = lab.Start(Home, [Program("pyrsia-node"), "--mdns", "--data-dir", directory["one"], "--port", "7881", "--listen", "/ip4/0.0.0.0/tcp/44001", .. key]);
        await using var two = lab.Start(Home, [Program("pyrsia-node"), "--mdns", "--data-dir", directory["two"], "--port", "7882", "--listen", "/ip4/0.0.0.0/tcp/44002", .. key]);
        var ids = new[] { await PeerIdAsync(lab, 7881), await PeerIdAsync(lab, 7882) };
        await Eventually.HoldsAsync(async () => (await AskAsync(lab, 7881, "peers"))?.ToJsonString().Contains(ids[1], StringComparison.Ordinal) == true, "the first does not find the second", one, two);

        // A stranger, who is told where one of them is.
        var answered = await lab.TryAsync(Home, Program("libp2p-probe"), $"/ip4/127.0.0.1/tcp/44001/p2p/{ids[0]}", "--timeout", "5") is not null;
        Assert.Equal(!isPrivate, answered);
        if (isPrivate) await one.LineAsync(line => line.Contains("In the private network ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_swarm_key_that_is_none_or_is_open_to_all_is_refused_with_what_to_do()
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(directory["swarm.key"], "secret\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(directory["swarm.key"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        await SaysAsync("chmod 0600");
        File.SetUnixFileMode(directory["swarm.key"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await SaysAsync("holds no key of a private network");

        async Task SaysAsync(string text)
        {
            await using var node = new ProgramLines(Program("pyrsia-node"), ["--data-dir", directory["data"], "--port", "0", "--listen", "/ip4/127.0.0.1/tcp/0", "--swarm-key", directory["swarm.key"]]);
            Assert.NotEqual(0, await node.ExitCodeAsync());
            Assert.Contains(text, node.Said, StringComparison.Ordinal);
        }
    }

    private static string Program(string name) => Path.Combine(AppContext.BaseDirectory, name);

    private static async Task<string> PeerIdAsync(NatLab lab, int port)
    {
        JsonNode? status = null;
        await Eventually.HoldsAsync(async () => (status = await AskAsync(lab, port, "status")) is not null, "the node does not answer");
        return (string)status!["peer_id"]!;
    }

    private static async Task<JsonNode?> AskAsync(NatLab lab, int port, string route) =>
        await lab.TryAsync(Home, "curl", "-sf", $"http://127.0.0.1:{port}/{route}") is { } answer ? JsonNode.Parse(answer) : null;
}
