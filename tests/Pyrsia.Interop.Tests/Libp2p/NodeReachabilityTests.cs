using System.Text.Json.Nodes;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.Interop.Tests.Libp2p;

/// <summary>Nodes as they are started by their users: one that everybody can dial, and one in a home.</summary>
public sealed class NodeReachabilityTests
{
    private const string Public = "pub";
    private const string Home = "hb";
    private const string OtherHome = "ha";

    private const string Router = "rb";

    private static string Probe => Path.Combine(AppContext.BaseDirectory, "libp2p-probe");

    private static string Node => Path.Combine(AppContext.BaseDirectory, "pyrsia-node");

    [Fact]
    public async Task A_node_says_whether_it_is_public_or_reached_over_another()
    {
        await using var lab = await NatLab.CreateAsync(symmetric: false);
        using var directory = new TemporaryDirectory();
        await using var relay = lab.Start(Public, Node, "--data-dir", directory["relay"], "--listen", $"/ip4/{NatLab.PublicAddress}/tcp/44000", "--relay");
        await relay.LineAsync(Listens);
        var id = (string)(await StatusAsync(lab, Public))["peer_id"]!;
        await using var home = lab.Start(Home, Node, "--data-dir", directory["home"], "--listen", "/ip4/0.0.0.0/tcp/44000", "--peer", $"/ip4/{NatLab.PublicAddress}/tcp/44000/p2p/{id}");
        await home.LineAsync(Listens);

        await SaysAsync(lab, Home, "relayed", home);
        var circuit = (string)(await StatusAsync(lab, Home))["peer_addrs"]!.AsArray().First(address => ((string)address!).Contains($"{id}/p2p-circuit/", StringComparison.Ordinal))!;
        var seen = await NatRoundTrips.MeasureAsync(lab, OtherHome, circuit, 30, "a node behind a NAT, from behind another");
        Assert.True(seen.Path == "punched", $"{seen.Said}\n{home.Said}");
        await SaysAsync(lab, Public, "public", relay);
    }

    [Theory]
    [InlineData("natpmp")]
    [InlineData("upnp")]
    public async Task A_node_whose_router_maps_its_port_is_public_and_closes_it_at_the_end(string protocol)
    {
        await using var lab = await NatLab.CreateAsync(symmetric: true, maps: protocol);
        using var directory = new TemporaryDirectory();
        await using var far = lab.Start(Public, Node, "--data-dir", directory["far"], "--listen", $"/ip4/{NatLab.PublicAddress}/tcp/44000");
        await far.LineAsync(Listens);
        var id = (string)(await StatusAsync(lab, Public))["peer_id"]!;
        string[] atHome = ["--listen", "/ip4/0.0.0.0/tcp/44000", "--peer", $"/ip4/{NatLab.PublicAddress}/tcp/44000/p2p/{id}"];
        await using (var home = lab.Start(Home, [Node, "--data-dir", directory["home"], .. atHome]))
        {
            await home.LineAsync(Listens);
            await SaysAsync(lab, Home, "public", home);
            var status = await StatusAsync(lab, Home);
            Assert.Contains($"/ip4/25.0.0.3/tcp/44000/p2p/{(string)status["peer_id"]!}", status["peer_addrs"]!.AsArray().Select(address => (string)address!));
            Assert.Contains("dpt:44000", await lab.MappingsAsync(Router), StringComparison.Ordinal);
            // Who never spoke with it dials it from the Internet.
            await using var stranger = lab.Start(Public, Probe, $"/ip4/25.0.0.3/tcp/44000/p2p/{(string)status["peer_id"]!}");
            await stranger.LineAsync(line => line.StartsWith("agent", StringComparison.Ordinal) && line.Contains("pyrsia-node/", StringComparison.Ordinal));
            NatRoundTrips.Note($"a node whose port is mapped by {protocol}, from the Internet", $"{NatRoundTrips.Value(await stranger.LineAsync(line => line.StartsWith("ping ", StringComparison.Ordinal)))} ms direct");
            await home.StopAsync();
        }
        Assert.DoesNotContain("dpt:44000", await lab.MappingsAsync(Router), StringComparison.Ordinal);

        await using var closed = lab.Start(Home, [Node, "--data-dir", directory["home"], .. atHome, "--map-ports", "false"]);
        await closed.LineAsync(Listens);
        await SaysAsync(lab, Home, "private", closed);
        Assert.DoesNotContain("dpt:44000", await lab.MappingsAsync(Router), StringComparison.Ordinal);
    }

    private static bool Listens(string line) => line.Contains("Listening for peers", StringComparison.Ordinal);

    private static async Task SaysAsync(NatLab lab, string place, string word, ProgramLines node)
    {
        var said = "";
        await Eventually.HoldsAsync(async () => (said = (string)(await StatusAsync(lab, place))["reachability"]!) == word, () => $"it says {said}, not {word}", node);
    }

    /// <summary>The node's API is on loopback of its own network, and begins to answer after it listens for peers.</summary>
    private static async Task<JsonNode> StatusAsync(NatLab lab, string place)
    {
        await using var asked = lab.Start(place, "bash", "-c", "until exec 3<>/dev/tcp/127.0.0.1/7888; do sleep 0.1; done; printf 'GET /status HTTP/1.0\\r\\nHost: localhost:7888\\r\\n\\r\\n' >&3; cat <&3; echo");
        return JsonNode.Parse(await asked.LineAsync(line => line.StartsWith('{')))!;
    }
}
