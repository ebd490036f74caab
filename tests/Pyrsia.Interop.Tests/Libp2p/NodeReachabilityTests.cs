using System.Text.Json.Nodes;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.Interop.Tests.Libp2p;

/// <summary>Nodes as they are started by their users: one that everybody can dial, and one in a home.</summary>
public sealed class NodeReachabilityTests
{
    private const string Public = "pub";
    private const string Home = "hb";

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
        Assert.Contains((await StatusAsync(lab, Home))["peer_addrs"]!.AsArray(), address => ((string)address!).Contains($"{id}/p2p-circuit/", StringComparison.Ordinal));
        await SaysAsync(lab, Public, "public", relay);
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
