using System.Diagnostics;
using System.Text.Json.Nodes;
using Pyrsia.EndToEnd.Tests.Harness;
using Pyrsia.Testing;
using Pyrsia.Testing.Postgres;
using Xunit;

namespace Pyrsia.EndToEnd.Tests;

/// <summary>Four authorities on a PostgreSQL server that gets slow, and at last stands still, while requests come in.</summary>
public sealed class SlowPostgresTests
{
    /// <summary>What the server stands still at a time while it is slow, and how long it works in between.</summary>
    private static readonly TimeSpan Stop = TimeSpan.FromMilliseconds(900), Go = TimeSpan.FromMilliseconds(100);

    /// <summary>What an authority that is told to stop may take, whatever its server does: less than it would take to wait for the server.</summary>
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(20);

    private static readonly string[] Images = [.. Enumerable.Range(1, 4).Select(i => $"library/slow{i}:1")];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_slow_server_costs_time_and_neither_a_request_nor_a_second_vote_and_one_that_stands_still_is_named_and_holds_nobody_up()
    {
        using var directory = new TemporaryDirectory();
        await using var server = await PostgresServer.StartAsync(Cancel);
        var layout = TestImages.WriteSmall(directory["upstream"], Images);
        await using var testnet = await Testnet.StartAsync($"oci:{layout}", nodes: 1, more: ["--storage", $"postgres={server.ConnectionString("testnet")}", "--builder", "none"]);
        var node = testnet.Nodes[0];
        await Readiness.SaysAsync(node.Client, testnet.Authorities[0].Http, "ok", Cancel);

        var taken = new List<string>();
        using (var enough = CancellationTokenSource.CreateLinkedTokenSource(Cancel))
        {
            var slow = SlowDownAsync(server, enough.Token);
            foreach (var image in Images.SkipLast(1)) await AskAsync(testnet, image, taken);
            await enough.CancelAsync();
            await slow;
        }
        Assert.NotEmpty(taken);

        await using (await server.PauseAsync(Cancel))
        {
            await Task.WhenAll(testnet.Authorities.Select(authority => Readiness.SaysAsync(node.Client, authority.Http, "does not answer", Cancel)));
            await testnet.StopAsync(testnet.Authorities[0], StopLimit, Cancel);
        }
        await testnet.UpAsync();
        foreach (var authority in testnet.Authorities) await Readiness.SaysAsync(node.Client, authority.Http, "ok", Cancel);
        await AskAsync(testnet, Images[^1], taken);

        foreach (var id in taken) await Wait.UntilAsync(() => IsVerifiedAsync(node, id), TimeSpan.FromMinutes(2), $"the request {id} was taken and did not end well", Cancel);
        await testnet.SameRootsAsync(Cancel);
        foreach (var schema in testnet.Authorities.Select(authority => authority.Name.Replace('-', '_')))
            Assert.Equal("", await server.AskAsync($"select coalesce(string_agg(name, ', '), '') from {schema}.documents where folder = 'evidence'", Cancel));
        await PrometheusReadsAsync(node.Client, testnet.Authorities[0].Http, "pyrsia_consensus");
        await PrometheusReadsAsync(node.Client, node.Http, "pyrsia_peers");
    }

    private static async Task SlowDownAsync(PostgresServer server, CancellationToken enough)
    {
        while (!enough.IsCancellationRequested)
        {
            await using (await server.PauseAsync(Cancel)) await Task.Delay(Stop, TimeProvider.System, Cancel);
            await Task.Delay(Go, TimeProvider.System, Cancel);
        }
    }

    /// <summary>Asks for an image; one that is refused was not acknowledged.</summary>
    private static async Task AskAsync(Testnet testnet, string image, List<string> taken)
    {
        var asked = await testnet.CliAsync(testnet.Nodes[0], "build", "docker", "--image", image);
        if (asked.ExitCode == 0) taken.Add(asked.Output.Split('\'')[1]);
    }

    private static async Task<bool> IsVerifiedAsync(TestnetMember node, string id) =>
        await (await node.PostAsync("build/status", new { build_id = id })).Content.ReadAsStringAsync(Cancel) is var state && JsonNode.Parse(state) is JsonObject o && o.ContainsKey("Success");

    /// <summary>Prometheus' own checker takes the page, and has nothing to say about our own names; the platform and Npgsql give theirs after OpenTelemetry, which it finds fault with.</summary>
    private static async Task PrometheusReadsAsync(HttpClient client, Uri http, string expected)
    {
        var page = await client.GetStringAsync(new Uri(http, "metrics"), Cancel);
        Assert.Contains(expected, page, StringComparison.Ordinal);
        using var promtool = Process.Start(new ProcessStartInfo("promtool", ["check", "metrics"]) { RedirectStandardInput = true, RedirectStandardError = true })!;
        var said = promtool.StandardError.ReadToEndAsync(Cancel);
        await promtool.StandardInput.WriteAsync(page);
        promtool.StandardInput.Close();
        await promtool.WaitForExitAsync(Cancel);
        const int understood = 0, understoodWithRemarks = 3;
        Assert.True(promtool.ExitCode is understood or understoodWithRemarks, await said);
        Assert.DoesNotContain("pyrsia_", await said, StringComparison.Ordinal);
    }
}
