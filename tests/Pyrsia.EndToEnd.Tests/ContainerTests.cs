using System.Globalization;
using System.Text.Json.Nodes;
using Pyrsia.EndToEnd.Tests.Harness;
using Pyrsia.Testing;
using Pyrsia.Testing.Postgres;
using Xunit;

namespace Pyrsia.EndToEnd.Tests;

/// <summary>Dockerfile, setup.sh and compose.yaml as they are, on a real Docker engine: four authorities on PostgreSQL and a node.</summary>
public sealed class ContainerTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);
    private static readonly string[] Authorities = ["a1", "a2", "a3", "a4"];

    private readonly TemporaryDirectory _directory = new();
    private readonly Dictionary<string, string> _environment = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Authorities_in_containers_agree_outlive_a_kill_and_go_on_after_down_and_up()
    {
        await using var engine = await BridgedDockerd.StartAsync(Cancel);
        await SetUpAsync(engine);
        await UpAsync(engine);
        await BuildsAsync("one:1");
        await Task.WhenAll(Authorities.Append("node").Select(name => HardenedAsync(engine, name)));

        // Each authority dies while the others go on, then the node, then the database under all.
        foreach (var name in Authorities)
        {
            await engine.DockerAsync("kill", $"deploy_{name}_1");
            // Not by compose, which takes longer to start than the build takes.
            await engine.DockerAsync("exec", "deploy_node_1", "/opt/pyrsia/pyrsia", "build", "docker", "--image", $"without-{name}:1", "--wait");
            await engine.DockerAsync("start", $"deploy_{name}_1");
        }
        await engine.DockerAsync("kill", "deploy_node_1");
        await UpAsync(engine);
        await WorksAsync(["verify", "one:1"]);
        foreach (var name in Authorities) await engine.DockerAsync("exec", "deploy_node_1", "/opt/pyrsia/pyrsia", "verify", $"without-{name}:1");
        await engine.DockerAsync("kill", "deploy_db_1");
        await UpAsync(engine);
        await BuildsAsync("three:1");
        var before = await SameLogAsync(engine);

        await ComposeAsync("down");
        await UpAsync(engine);
        await WorksAsync(["verify", "without-a2:1"]);
        Assert.InRange(await SameLogAsync(engine), before, int.MaxValue);
    }

    [Fact]
    public async Task A_worker_in_a_container_clones_a_source_in_a_sandbox_beside_it_and_leaves_in_order()
    {
        await using var engine = await Dockerd.StartAsync(Cancel);
        await ContainerImages.MakeBaseAsync(engine.Environment);
        await ContainerImages.PublishAsync(_directory["published"]);
        await ContainerImages.BuildAsync(engine.Environment, "--quiet", "--network", "none", "--target", "authority", "--tag", "pyrsia-authority", "--build-arg", $"BASE={ContainerImages.Base}", "--file", Checkout.PathOf("Dockerfile"), _directory["published"]);
        await using var server = await PostgresServer.StartAsync(Cancel);
        await using var pool = await WorkerPool.StartAsync(server, Cancel);
        await pool.CloneAsync(await BuilderImages.GetAsync(Cancel));
        var worker = await pool.StartContainerAsync("pyrsia-authority", engine, Cancel);
        var report = await pool.AskAsync(1, Cancel).WaitAsync(Limit, Cancel);
        Assert.True(report.Plan is not null, $"{report.Trouble}{report.Failure?.Message}");

        await worker.StopAsync();
        Assert.Equal(0L, await pool.SqlAsync("select count(*) from build_workers", Cancel));
        Assert.Equal("", (await engine.DockerAsync("ps", "--all", "--quiet")).Output);
    }

    /// <summary>What the guide says is done before: programs published, images made, keys and network file made.</summary>
    private async Task SetUpAsync(BridgedDockerd engine)
    {
        await ContainerImages.MakeBaseAsync(engine.Environment);
        await ContainerImages.MakePostgresAsync(engine.Environment);
        await ContainerImages.PublishAsync(_directory["published"]);
        await Command.MustAsync("cp", Checkout.PathOf("Dockerfile"), _directory["Dockerfile"]);
        Directory.CreateDirectory(_directory["deploy"]);
        foreach (var file in new[] { "compose.yaml", "setup.sh" }) await Command.MustAsync("cp", "-p", Checkout.PathOf(Path.Combine("deploy", file)), _directory["deploy"]);
        TestImages.WriteSmall(_directory["deploy/config/layout"], ["library/one:1", "library/three:1", .. Authorities.Select(name => $"library/without-{name}:1")]);
        foreach (var (name, value) in engine.Environment) _environment[name] = value;
        (_environment["BASE"], _environment["POSTGRES_IMAGE"], _environment["UPSTREAM"]) = (ContainerImages.Base, ContainerImages.Postgres, "docker.io=oci:/etc/pyrsia/layout");
        var result = await Command.RunAsync(_directory["deploy/setup.sh"], [_directory["published"]], _environment);
        Assert.True(result.ExitCode == 0, result.ToString());
    }

    private async Task<CommandResult> TryComposeAsync(params string[] arguments) => await Command.RunAsync("docker-compose", ["--file", _directory["deploy/compose.yaml"], "--no-ansi", .. arguments], _environment);

    private async Task ComposeAsync(params string[] arguments)
    {
        var result = await TryComposeAsync(arguments);
        Assert.True(result.ExitCode == 0, result.ToString());
    }

    /// <summary>Starts what does not run, and waits until all of it says that it is there: who asks earlier takes the time that the programs need to start.</summary>
    private async Task UpAsync(BridgedDockerd engine)
    {
        await ComposeAsync("up", "--detach");
        foreach (var name in Authorities.Append("node")) await Wait.UntilAsync(() => ListensAsync(engine, name), Limit, $"{name} does not start", Cancel);
    }

    /// <summary>Looks again and again: a program whose database is not there yet ends, the engine starts it again, and who follows its log hears the first only.</summary>
    private static async Task<bool> ListensAsync(BridgedDockerd engine, string name) =>
        (await Command.RunAsync("docker", ["logs", $"deploy_{name}_1"], engine.Environment)).Output.Contains("Listening for peers", StringComparison.Ordinal);

    private Task BuildsAsync(string image) => WorksAsync(["build", "docker", "--image", image, "--wait"]);

    /// <summary>Asks again while containers start, or wait for their database.</summary>
    private async Task WorksAsync(string[] command)
    {
        CommandResult? last = null;
        try
        {
            await Wait.UntilAsync(async () => (last = await TryComposeAsync(["run", "--rm", "-T", "cli", .. command])).ExitCode == 0, Limit, "it does not work", Cancel);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{string.Join(' ', command)}: {last}", e);
        }
    }

    /// <summary>Size of the log that all authorities have the same of, each asked in its own container.</summary>
    private static async Task<int> SameLogAsync(BridgedDockerd engine)
    {
        string[] said = [];
        await Wait.UntilAsync(
            async () =>
            {
                said = await Task.WhenAll(Authorities.Select(async name =>
                {
                    var result = await Command.RunAsync("docker", ["exec", $"deploy_{name}_1", "/opt/pyrsia/pyrsia", "status", "--output", "json"], engine.Environment);
                    return result.ExitCode == 0 ? JsonNode.Parse(result.Output)!["log"]!["size"]!.ToString() : $"{name} does not answer";
                }));
                return said.Distinct().Count() == 1 && int.TryParse(said[0], CultureInfo.InvariantCulture, out _);
            },
            Limit, "the authorities have different logs", Cancel);
        return int.Parse(said[0], CultureInfo.InvariantCulture);
    }

    private static async Task HardenedAsync(BridgedDockerd engine, string name)
    {
        var container = JsonNode.Parse(await engine.DockerAsync("inspect", $"deploy_{name}_1"))![0]!;
        Assert.True((bool)container["HostConfig"]!["ReadonlyRootfs"]!);
        Assert.Equal("ALL", (string)container["HostConfig"]!["CapDrop"]![0]!);
        Assert.Equal("1654:1654", (string)container["Config"]!["User"]!);
        var check = container["Config"]!["Healthcheck"]!["Test"]!.AsArray().Skip(1).Select(word => (string)word!).ToArray();
        Assert.Equal("ok", (await engine.DockerAsync(["exec", $"deploy_{name}_1", .. check])).Trim());
    }
}
