using System.Text.Json.Nodes;
using Pyrsia.Contracts;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.Interop.Tests.Libp2p;

/// <summary>A network of which the authorities leave; what is left are nodes behind NATs, and one on the Internet that holds nothing.</summary>
public sealed class NatSharingTests
{
    private const string Image = "library/shared:1";
    private static readonly string[] Authorities = ["a1", "a2", "a3", "a4"];

    private readonly List<ProgramLines> _authorities = [];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false, "hb", "punched")]
    [InlineData(true, "pub", "public")] // no hole can be punched: who is asked dials the one who asks
    public async Task A_node_behind_a_NAT_gives_what_it_has_to_one_behind_another_and_behind_a_symmetric_one_to_a_public_node(bool symmetric, string takes, string reachability)
    {
        await using var lab = await NatLab.CreateAsync(symmetric);
        using var directory = new TemporaryDirectory();
        var blob = WriteImage(directory["upstream"]);
        await StartAuthoritiesAsync(lab, directory);
        await using var relay = NodeOn(lab, "pub", 44000, directory, "nothing", "--relay", "--port", "7880");
        var at = $"/ip4/{NatLab.PublicAddress}/tcp/44000/p2p/{await PeerIdAsync(lab, "pub", 7880)}";
        await using var giver = NodeOn(lab, "ha", 44000, directory, "upstream", "--peer", at);
        await using var taker = NodeOn(lab, takes, 44010, directory, "nothing", "--peer", at);
        await Eventually.HoldsAsync(async () => await IsRelayedAsync(lab, "ha") && (takes == "pub" || await IsRelayedAsync(lab, takes)), "the nodes find no relay", giver, taker);

        await lab.MustAsync("ha", Program("pyrsia"), "build", "docker", "--image", Image, "--wait", "--network", directory["network.json"]);
        await Eventually.HoldsAsync(() => PullsAsync(lab, "ha", blob, directory["given"]), "the first node does not pull", giver);
        await Eventually.HoldsAsync(async () => await lab.TryAsync(takes, Program("pyrsia"), "verify", Image, "--network", directory["network.json"]) is not null, "the second node does not learn of the image", taker);
        foreach (var authority in _authorities) await authority.DisposeAsync();

        await Eventually.HoldsAsync(() => PullsAsync(lab, takes, blob, directory["taken"]), "the second node gets nothing from the first", taker, giver);
        Assert.Equal(blob, Digest.Of(await File.ReadAllBytesAsync(directory["taken"], Ct)));
        var status = (await StatusAsync(lab, takes, 7888))!;
        Assert.Equal(reachability, (string)status["reachability"]!);
        // From a home of which the router is like the giver's.
        var circuit = (string)(await StatusAsync(lab, "ha", 7888))!["peer_addrs"]!.AsArray().First(address => ((string)address!).Contains("/p2p-circuit/", StringComparison.Ordinal))!;
        var seen = await NatRoundTrips.MeasureAsync(lab, "hb", circuit, symmetric ? 6 : 30, symmetric ? "a node that gave content through its symmetric NAT, from behind another" : "a node that gave content through its NAT, from behind another");
        Assert.True(seen.Path == (symmetric ? "relayed" : "punched"), seen.Said);
    }

    private static string Program(string name) => Path.Combine(AppContext.BaseDirectory, name);

    /// <summary>An image of one layer, of which the digest is returned.</summary>
    private static Digest WriteImage(string path)
    {
        var layout = new OciLayout(path);
        var content = new byte[300_000];
        new Random(1).NextBytes(content);
        var layer = layout.AddLayer("content", content);
        layout.Name(Image, layout.AddImage("amd64", [layer], "true"));
        return layer.Layer.Digest;
    }

    private async Task StartAuthoritiesAsync(NatLab lab, TemporaryDirectory directory)
    {
        foreach (var (name, number) in Authorities.Select((name, number) => (name, number)))
            await File.WriteAllTextAsync(directory[$"{name}.json"], await lab.MustAsync("pub", Program("pyrsia-authority"), "init", "--data-dir", directory[name], "--name", name, "--organisation", $"org-of-{name}", "--origin", "log.example.org/nat"), Ct);
        await lab.MustAsync("pub",
            [Program("pyrsia-authority"), "network", "make", "--origin", "log.example.org/nat", "--out", directory["network.json"], .. Authorities.SelectMany((name, number) => new[] { "--member", $"{directory[name + ".json"]}={Address(number)}" })]);
        foreach (var (name, number) in Authorities.Select((name, number) => (name, number)))
            _authorities.Add(lab.Start("pub", Program("pyrsia-authority"), "--network", directory["network.json"], "--data-dir", directory[name], "--listen", Address(number), "--port", $"{7881 + number}",
                "--upstream", $"docker.io=oci:{directory["upstream"]}", "--builder", "none"));
    }

    private static string Address(int number) => $"/ip4/{NatLab.PublicAddress}/tcp/{44001 + number}";

    private static ProgramLines NodeOn(NatLab lab, string place, int port, TemporaryDirectory directory, string upstream, params string[] more) =>
        lab.Start(place, [Program("pyrsia-node"), "--network", directory["network.json"], "--data-dir", directory[$"node-{place}-{port}"], "--listen", place == "pub" ? $"/ip4/{NatLab.PublicAddress}/tcp/{port}" : $"/ip4/0.0.0.0/tcp/{port}", "--upstream", $"docker.io=oci:{directory[upstream]}", .. more]);

    private static async Task<bool> PullsAsync(NatLab lab, string place, Digest blob, string into) =>
        await lab.TryAsync(place, "curl", "-sf", "-o", "/dev/null", "http://127.0.0.1:7888/v2/library/shared/manifests/1") is not null
        && await lab.TryAsync(place, "curl", "-sf", "-o", into, $"http://127.0.0.1:7888/v2/library/shared/blobs/{blob}") is not null;

    private static async Task<bool> IsRelayedAsync(NatLab lab, string place) => (string?)(await StatusAsync(lab, place, 7888))?["reachability"] is "relayed" or "punched";

    private static async Task<string> PeerIdAsync(NatLab lab, string place, int port)
    {
        JsonNode? status = null;
        await Eventually.HoldsAsync(async () => (status = await StatusAsync(lab, place, port)) is not null, "the node does not answer");
        return (string)status!["peer_id"]!;
    }

    private static async Task<JsonNode?> StatusAsync(NatLab lab, string place, int port) =>
        await lab.TryAsync(place, "curl", "-sf", $"http://127.0.0.1:{port}/status") is { } status ? JsonNode.Parse(status) : null;
}
