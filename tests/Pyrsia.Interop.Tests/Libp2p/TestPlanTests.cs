using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Pyrsia.Libp2p;
using Pyrsia.Libp2p.TestPlans;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.Interop.Tests.Libp2p;

/// <summary>The program for libp2p's interoperability matrix, run as the matrix runs it: by environment variables and a real Redis server.</summary>
public sealed class TestPlanTests
{
    private const int RedisPort = 6379;

    private static string Program => Path.Combine(AppContext.BaseDirectory, "libp2p-test-plans");

    [Theory]
    [MemberData(nameof(JsMatrix.Stacks), MemberType = typeof(JsMatrix))]
    public async Task A_dialer_and_a_listener_find_each_other_and_the_dialer_prints_its_figures(string transport, string security)
    {
        var port = FreePort.Find();
        await using var redis = await RedisAsync("127.0.0.1", port);
        await using var listener = Start(port, transport, security, dialer: false);
        await using var dialer = Start(port, transport, security, dialer: true);
        await DialedAsync(dialer);
    }

    [Theory]
    [MemberData(nameof(JsMatrix.Stacks), MemberType = typeof(JsMatrix))]
    public async Task It_dials_a_js_peer_whose_address_stands_at_the_server(string transport, string security)
    {
        var port = FreePort.Find();
        await using var redis = await RedisAsync("127.0.0.1", port);
        await using var js = await JsMatrix.StartJsAsync(transport, security);
        await using var dialer = Start(port, transport, security, dialer: true);
        await CommandAsync("127.0.0.1", port, "RPUSH", "listenerAddr", js.Address.ToString());
        await DialedAsync(dialer);
    }

    [Theory]
    [MemberData(nameof(JsMatrix.Stacks), MemberType = typeof(JsMatrix))]
    public async Task A_js_peer_dials_what_it_leaves_at_the_server_until_the_matrix_stops_it(string transport, string security)
    {
        var port = FreePort.Find();
        await using var redis = await RedisAsync("127.0.0.1", port);
        await using var js = await JsMatrix.StartJsAsync(transport, security);
        await using var listener = Start(port, transport, security, dialer: false);
        var address = (await CommandAsync("127.0.0.1", port, "BLPOP", "listenerAddr", "60")).Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
        await js.SendAsync("dial", new { address });
        Assert.True((double)(await js.SendAsync("ping", new { address }))["rtt"]! >= 0);
        Assert.Equal("", listener.Said);
    }

    [Fact]
    public async Task Behind_NATs_both_clients_find_the_relay_and_each_other_and_the_dialer_measures_the_direct_connection()
    {
        await using var lab = await NatLab.CreateAsync(symmetric: false);
        await using var redis = await RedisAsync(NatLab.PublicAddress, RedisPort, lab);
        await using var relay = lab.Start("pub", Path.Combine(AppContext.BaseDirectory, "libp2p-probe"), "serve", "--listen", $"/ip4/{NatLab.PublicAddress}/tcp/4001", "--relay");
        var at = (await relay.LineAsync(line => line.StartsWith("listens ", StringComparison.Ordinal))).Split(' ')[^1];
        await using var pushed = lab.Start("pub", "redis-cli", "-h", NatLab.PublicAddress, "RPUSH", "RELAY_TCP_ADDRESS", at, at);
        Assert.Equal(0, await pushed.ExitCodeAsync());
        await using var listener = lab.Start("hb", HolePunch("listen"), Program);
        await using var dialer = lab.Start("ha", HolePunch("dial"), Program);
        var figures = JsonNode.Parse(await dialer.LineAsync(line => line.StartsWith('{')))!;
        var direct = (double)figures["rtt_to_holepunched_peer_millis"]!;
        Assert.InRange(direct, double.Epsilon, 10_000);
        NatRoundTrips.Note("hole-punch-interop", string.Create(CultureInfo.InvariantCulture, $"{direct:0.###} ms punched"));
        Assert.Equal(0, await dialer.ExitCodeAsync());
        Assert.Equal("", listener.Said);
    }

    [Theory]
    [InlineData("transport=webtransport", "transport 'webtransport' is not to be had here: it can be tcp or ws or quic-v1.")]
    [InlineData("TRANSPORT=quic MODE=dial", "TRANSPORT 'quic' is not to be had here: it can be tcp.")]
    [InlineData("muxer=mplex", "muxer 'mplex' is not to be had here: it can be yamux.")]
    [InlineData("security=", "security is not set: it can be noise or tls.")]
    [InlineData("test_timeout_seconds=0", "test_timeout_seconds takes a number from 1 to 86400, not '0'.")]
    [InlineData("ip=here", "ip takes an address, not 'here'.")]
    [InlineData("MODE=both", "MODE 'both' is not to be had here: it can be dial or listen.")]
    public void What_it_cannot_play_is_said(string changed, string message)
    {
        var environment = new Dictionary<string, string?>(StringComparer.Ordinal) { ["transport"] = "tcp", ["muxer"] = "yamux", ["security"] = "noise", ["is_dialer"] = "true", ["TRANSPORT"] = "tcp" };
        foreach (var variable in changed.Split(' ')) environment[variable.Split('=')[0]] = variable.Split('=')[1] is { Length: > 0 } value ? value : null;
        Assert.Equal(message, Assert.Throws<PlanException>(() => Plan.Parse(environment.GetValueOrDefault)).Message);
    }

    [Fact]
    public void QUIC_is_played_where_the_platform_has_it_and_where_not_that_is_said()
    {
        var environment = new Dictionary<string, string?>(StringComparer.Ordinal) { ["transport"] = "quic-v1", ["is_dialer"] = "false" };
        if (QuicPlatform.Missing is { } why) Assert.Equal($"transport 'quic-v1' is not to be had here: {why}.", Assert.Throws<PlanException>(() => Plan.Parse(environment.GetValueOrDefault)).Message);
        else Assert.Equal(PlanTransport.Quic, Assert.IsType<TransportPlan>(Plan.Parse(environment.GetValueOrDefault)).Transport);
    }

    private static async Task DialedAsync(ProgramLines dialer)
    {
        var figures = JsonNode.Parse(await dialer.LineAsync(line => line.StartsWith('{')))!;
        Assert.InRange((double)figures["pingRTTMilllis"]!, double.Epsilon, (double)figures["handshakePlusOneRTTMillis"]!);
        Assert.Equal(0, await dialer.ExitCodeAsync());
    }

    /// <summary>As the matrix does it, QUIC has neither muxer nor security protocol.</summary>
    private static ProgramLines Start(int redis, string transport, string security, bool dialer) => new(Program, [],
    [
        .. transport == "quic" ? [("transport", "quic-v1")] : new[] { ("transport", transport), ("muxer", "yamux"), ("security", security == "/noise" ? "noise" : "tls") },
        ("is_dialer", dialer ? "true" : "false"), ("ip", "127.0.0.1"), ("redis_addr", $"127.0.0.1:{redis}"), ("test_timeout_seconds", "60"),
    ]);

    private static (string Name, string Value)[] HolePunch(string mode) => [("MODE", mode), ("TRANSPORT", "tcp"), ("redis_addr", $"{NatLab.PublicAddress}:{RedisPort}")];

    private static async Task<ProgramLines> RedisAsync(string address, int port, NatLab? lab = null)
    {
        string[] arguments = ["--bind", address, "--port", port.ToString(CultureInfo.InvariantCulture), "--protected-mode", "no", "--save", "", "--appendonly", "no"];
        var redis = lab is null ? new ProgramLines("redis-server", arguments) : lab.Start("pub", ["redis-server", .. arguments]);
        await redis.LineAsync(line => line.Contains("Ready to accept connections", StringComparison.Ordinal));
        return redis;
    }

    private static async Task<string> CommandAsync(string address, int port, params string[] command)
    {
        using var client = Process.Start(new ProcessStartInfo("redis-cli", ["-h", address, "-p", port.ToString(CultureInfo.InvariantCulture), .. command]) { RedirectStandardOutput = true })!;
        var said = await client.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await client.WaitForExitAsync(TestContext.Current.CancellationToken);
        return said;
    }
}
