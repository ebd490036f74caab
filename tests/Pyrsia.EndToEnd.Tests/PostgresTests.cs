using Pyrsia.EndToEnd.Tests.Harness;
using Pyrsia.Provenance.Specifications;
using Pyrsia.Testing;
using Pyrsia.Testing.Maven;
using Pyrsia.Testing.Postgres;
using Xunit;

namespace Pyrsia.EndToEnd.Tests;

/// <summary>Four authorities on one PostgreSQL server, each in a schema of its own, two with build workers; the server dies, and one authority is started twice.</summary>
public sealed class PostgresTests
{
    private const string Lang = "org.apache.commons:commons-lang3:3.12.0";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_network_on_PostgreSQL_notarizes_outlives_its_killed_server_and_lets_no_second_copy_vote()
    {
        using var directory = new TemporaryDirectory();
        await using var server = await PostgresServer.StartAsync(Cancel);
        await using var central = await MavenCentral.StartAsync(Cancel);
        var layout = TestImages.WriteSmall(directory["upstream"], "library/one:1", "library/two:1");
        await using var testnet = await Testnet.StartAsync($"oci:{layout}", maven: central.Address, more:
            ["--storage", $"postgres={server.ConnectionString("testnet")}", "--builder", "queue,queue,bubblewrap,none", "--builder-images", BuilderImages.Directory]);
        var node = testnet.Nodes[0];

        await BuildsAsync(testnet, "docker", "--image", "one:1", "--wait");
        await BuildsAsync(testnet, "maven", "--gav", Lang, "--wait");
        Assert.All(testnet.Authorities, authority => Assert.False(Directory.Exists(Path.Combine(testnet.Path, authority.Name, "data", "log")), "the log is in files"));

        await using var workers = await NetworkWorkers.StartAsync(testnet, server, directory, Cancel);
        await BuiltByWorkersAsync(testnet, workers, directory);

        // What is acknowledged while the server is away, if anything is, is there when it is back.
        await server.KillAsync(Cancel);
        await SaysAsync(testnet.Authorities[0], "does not answer");
        await Readiness.SaysAsync(node.Client, workers.Http[0], "does not answer", Cancel);
        await server.StartAgainAsync(Cancel);
        foreach (var authority in testnet.Authorities) await SaysAsync(authority, "ok");
        await Readiness.SaysAsync(node.Client, workers.Http[0], "ok", Cancel);
        await BuildsAsync(testnet, "docker", "--image", "two:1", "--wait");

        await SecondCopyAsync(testnet, directory["copy"]);
        await testnet.SameRootsAsync(Cancel);

        // All over again from what the database holds.
        await InspectsAsync(testnet, 1, "in use by another process");
        foreach (var authority in testnet.Authorities) authority.Signal("KILL");
        await InspectsAsync(testnet, 0, "PostgreSQL at ");
        await testnet.UpAsync();
        await testnet.SameRootsAsync(Cancel);
        var verified = await testnet.CliAsync(node, "verify", "two:1");
        Assert.True(verified.ExitCode == 0, verified.ToString());
        var audited = await testnet.CliAsync(node, "log", "audit");
        Assert.True(audited.ExitCode == 0, audited.ToString());
    }

    /// <summary>Two of three builders build by workers, which hold no key; what comes out is one, and the provenance says where.</summary>
    private static async Task BuiltByWorkersAsync(Testnet testnet, NetworkWorkers workers, TemporaryDirectory directory)
    {
        var (node, other) = (testnet.Nodes[0], testnet.Nodes[1]);
        await using var git = GitServer.Start(Directory.CreateDirectory(directory["git"]).FullName);
        var commit = await git.PublishAsync("data", new Dictionary<string, string>(StringComparer.Ordinal) { ["words.txt"] = "one\ntwo\n" }, "v1.0");
        var specification = new BuildSpecification(
            "generic", [new SpecifiedArtifact("generic:words:1.0", ["generic/words/1.0/words.txt"])], new BuildSource(SourceKind.Git, $"{git.Address}/data.git", commit, "v1.0", ""), null,
            (await BuilderImages.GetAsync(Cancel)).Digest, BuildEnvironment.Default, null, null);
        await File.WriteAllBytesAsync(directory["words.json"], specification.ToBytes(), Cancel);
        await testnet.MapAsync("generic:words:1.0", $"{git.Address}/data.git", "v1.0", Cancel);
        var built = await testnet.CliAsync(node, "build", "maven", "--spec", directory["words.json"], "--wait");
        Assert.True(built.ExitCode == 0, built.ToString());

        var named = await NetworkWorkers.NamedInProvenanceAsync(testnet, node);
        Assert.NotEmpty(named);
        Assert.Subset(workers.PeerIds, named);
        await ServesAsync(other, "generic/words/1.0/words.txt", "one\ntwo\n");
        var verified = await testnet.CliAsync(other, "verify", "generic:words:1.0");
        Assert.True(verified.ExitCode == 0, verified.ToString());
        var id = System.Text.RegularExpressions.Regex.Match(built.Output, "[0-9a-f]{64}").Value;
        Assert.Contains("[pyrsia] built ", (await testnet.CliAsync(node, "build", "logs", "--id", id, "--authority", "a1")).Output + (await testnet.CliAsync(node, "build", "logs", "--id", id, "--authority", "a2")).Output, StringComparison.Ordinal);
        Assert.All(workers.Data, data => Assert.Equal(["identity.key"], Directory.EnumerateFiles(data, "*key*", SearchOption.AllDirectories).Select(Path.GetFileName)));
        await MetricsAsync(node.Client, testnet.Authorities[0].Http, "authority", "pyrsia_queue_workers 1");
        await MetricsAsync(node.Client, workers.Http[0], "worker", "pyrsia_worker_jobs_ended_total{outcome=\"done\"}");
    }

    private static async Task MetricsAsync(HttpClient client, Uri http, string role, string expected)
    {
        var (page, findings) = await MetricsPage.ReadAsync(client, http, role, Cancel);
        Assert.Contains(expected, page, StringComparison.Ordinal);
        Assert.Equal("", findings);
    }

    /// <summary>Waits until a node, which follows the log by itself, serves a file; a failure tells what it says instead.</summary>
    private static async Task ServesAsync(TestnetMember node, string path, string content)
    {
        var said = "nothing";
        try
        {
            await Wait.UntilAsync(async () => await SaysAsync() == $"200 {content}", TimeSpan.FromSeconds(60), "it does not serve what was built", Cancel);
        }
        catch (TimeoutException e)
        {
            Assert.Fail($"{node.Name}: {e.Message}; it says {said}");
        }

        async Task<string> SaysAsync()
        {
            using var answer = await node.Client.GetAsync(new Uri(node.Http, path), Cancel);
            return said = $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(Cancel)}";
        }
    }

    private static async Task InspectsAsync(Testnet testnet, int exitCode, string text)
    {
        var result = await Command.RunAsync(Programs.Authority, ["inspect", "--config", Path.Combine(testnet.Path, testnet.Authorities[1].Name, "config.json")]);
        Assert.True(result.ExitCode == exitCode, result.ToString());
        Assert.Contains(text, result.Output + result.Error, StringComparison.Ordinal);
    }

    /// <summary>An operator moves an authority, and forgets to end the old one.</summary>
    private static async Task SecondCopyAsync(Testnet testnet, string data)
    {
        var first = testnet.Authorities[0];
        await Command.MustAsync("cp", "-a", Path.Combine(testnet.Path, first.Name, "data"), data);
        File.Delete(Path.Combine(data, "lock"));
        var (http, p2p) = (FreePort.Find(), FreePort.Find());
        await using var second = Daemon.Start(
            Programs.Authority, "--config", Path.Combine(testnet.Path, first.Name, "config.json"), "--data-dir", data, "--port", $"{http}", "--listen", $"/ip4/127.0.0.1/tcp/{p2p}");
        await second.HearAsync("Listening for peers", Cancel);
        await Readiness.SaysAsync(first.Client, new Uri($"http://127.0.0.1:{http}"), "another running copy", Cancel);
        await SaysAsync(first, "another copy of this authority runs");
    }

    private static async Task BuildsAsync(Testnet testnet, params string[] arguments)
    {
        var built = await testnet.CliAsync(testnet.Nodes[0], ["build", .. arguments]);
        Assert.True(built.ExitCode == 0, built.ToString());
    }

    private static Task SaysAsync(TestnetMember authority, string text) => Readiness.SaysAsync(authority.Client, authority.Http, text, Cancel);
}
