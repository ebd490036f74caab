using System.Diagnostics;
using System.Text.Json.Nodes;
using Pyrsia.EndToEnd.Tests.Harness;
using Pyrsia.Testing;
using Pyrsia.Testing.Postgres;
using Xunit;

namespace Pyrsia.EndToEnd.Tests;

/// <summary>Four authorities on a PostgreSQL server that gets slow, is killed and at last stands still, while requests come in.</summary>
public sealed class SlowPostgresTests
{
    /// <summary>What the server stands still at a time while it is slow, and how long it works in between.</summary>
    private static readonly TimeSpan Stop = TimeSpan.FromMilliseconds(900), Go = TimeSpan.FromMilliseconds(100);

    /// <summary>What an authority that is told to stop may take, whatever its server does: less than it would take to wait for the server.</summary>
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(20);

    private static readonly string[] Slow = ["library/slow1:1", "library/slow2:1", "library/slow3:1"];
    private static readonly string[] Killed = ["library/killed1:1", "library/killed2:1"];
    private const string Last = "library/last:1";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_that_is_slow_or_killed_at_work_costs_neither_a_request_nor_a_second_vote_and_one_that_stands_still_is_named_and_holds_nobody_up()
    {
        using var directory = new TemporaryDirectory();
        await using var server = await PostgresServer.StartAsync(Cancel);
        var layout = TestImages.WriteSmall(directory["upstream"], [.. Slow, .. Killed, Last]);
        await using var testnet = await Testnet.StartAsync($"oci:{layout}", nodes: 1, more: ["--storage", $"postgres={server.ConnectionString("testnet")}", "--builder", "none"]);
        var node = testnet.Nodes[0];
        await Readiness.SaysAsync(node.Client, testnet.Authorities[0].Http, "ok", Cancel);

        var taken = new List<string>();
        using (var enough = CancellationTokenSource.CreateLinkedTokenSource(Cancel))
        {
            var slow = SlowDownAsync(server, enough.Token);
            foreach (var image in Slow) await AskAsync(testnet, image, taken);
            await enough.CancelAsync();
            await slow;
        }
        Assert.NotEmpty(taken);
        await KillAtWorkAsync(testnet, server, taken);

        await using (await server.PauseAsync(Cancel))
        {
            await Task.WhenAll(testnet.Authorities.Select(authority => Readiness.SaysAsync(node.Client, authority.Http, "does not answer", Cancel)));
            await testnet.StopAsync(testnet.Authorities[0], StopLimit, Cancel);
        }
        await testnet.UpAsync();
        foreach (var authority in testnet.Authorities) await Readiness.SaysAsync(node.Client, authority.Http, "ok", Cancel);
        await AskAsync(testnet, Last, taken);

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

    /// <summary>The server dies when requests were acknowledged and have no verdict: it is there no more to take one, so what has none then was under way.</summary>
    private static async Task KillAtWorkAsync(Testnet testnet, PostgresServer server, List<string> taken)
    {
        var node = testnet.Nodes[0];
        var killed = await Task.WhenAll(Killed.Select(image => RequestAsync(node, image)));
        await server.KillAsync(Cancel);
        taken.AddRange(killed);
        await Readiness.SaysAsync(node.Client, testnet.Authorities[0].Http, "does not answer", Cancel);
        foreach (var id in killed) Assert.False(await IsVerifiedAsync(node, id), "the verdict came before the kill");
        await server.StartAgainAsync(Cancel);
        foreach (var authority in testnet.Authorities) await Readiness.SaysAsync(node.Client, authority.Http, "ok", Cancel);
    }

    /// <summary>Asks without a program in between, whose end would take as long as a verdict.</summary>
    private static async Task<string> RequestAsync(TestnetMember node, string image)
    {
        using var answer = await node.PostAsync("build/docker", new { image });
        var body = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.True(answer.IsSuccessStatusCode, body);
        return (string)JsonNode.Parse(body)!["build_id"]!;
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
