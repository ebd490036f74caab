using System.Text.Json.Nodes;
using Pyrsia.Testing;
using Pyrsia.Testing.Postgres;

namespace Pyrsia.EndToEnd.Tests.Harness;

/// <summary>A local network as a person makes it: by <c>pyrsia testnet</c>.</summary>
public sealed partial class Testnet : IAsyncDisposable
{
    /// <summary>Set to <c>postgres</c>, networks whose test does not say where authorities keep theirs have them on PostgreSQL: docs/HACKING.md.</summary>
    private const string StorageVariable = "PYRSIA_TEST_STORAGE";

    private static readonly TimeSpan AgreementLimit = TimeSpan.FromSeconds(30);

    private readonly TemporaryDirectory _directory = new();
    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromMinutes(3) };
    private readonly PostgresServer? _server;

    private Testnet(PostgresServer? server) => _server = server;

    /// <summary>Its directory.</summary>
    public string Path => _directory.Path;

    /// <summary>The network file.</summary>
    public string NetworkFile => _directory["network.json"];

    /// <summary>The authorities.</summary>
    public IReadOnlyList<TestnetMember> Authorities { get; private set; } = [];

    /// <summary>The nodes.</summary>
    public IReadOnlyList<TestnetMember> Nodes { get; private set; } = [];

    /// <summary>Makes and starts a network.</summary>
    /// <param name="upstream">Where docker.io is.</param>
    /// <param name="nodes">How many nodes.</param>
    /// <param name="configure">Changes configurations before anything starts.</param>
    /// <param name="maven">Where Maven artifacts are; null for nowhere on this machine.</param>
    /// <param name="more">Further options of <c>testnet init</c>.</param>
    public static async Task<Testnet> StartAsync(string upstream, int nodes = 2, Func<Testnet, Task>? configure = null, Uri? maven = null, params string[] more)
    {
        var isOnPostgres = Environment.GetEnvironmentVariable(StorageVariable) == "postgres" && !more.Contains("--storage");
        var testnet = new Testnet(isOnPostgres ? await PostgresServer.StartAsync(CancellationToken.None) : null);
        if (testnet._server is { } server) more = [.. more, "--storage", $"postgres={server.ConnectionString("testnet")}"];
        await Command.MustAsync(Programs.Cli, ["testnet", "init", "--dir", testnet.Path, "--nodes", nodes.ToString(System.Globalization.CultureInfo.InvariantCulture), "--upstream", $"docker.io={upstream}", "--upstream", $"maven={maven?.ToString() ?? $"dir:{testnet._directory["no-such-repository"]}"}", .. more]);
        if (configure is not null) await configure(testnet);
        await testnet.UpAsync();
        return testnet;
    }

    /// <summary>Starts what does not run.</summary>
    public async Task UpAsync()
    {
        await Command.MustAsync(Programs.Cli, "testnet", "up", "--dir", Path, "--detach");
        var state = JsonNode.Parse(await File.ReadAllTextAsync(_directory["testnet.json"]))!;
        Authorities = Read(state["authorities"]!);
        Nodes = Read(state["nodes"]!);
    }

    /// <summary>Tells a member to stop, and waits until it has let go of its directory.</summary>
    public Task StopAsync(TestnetMember member, TimeSpan within, CancellationToken cancellationToken)
    {
        var held = System.IO.Path.Combine(Path, member.Name, "data", "lock");
        member.Signal("TERM");
        return Wait.UntilAsync(() => Task.FromResult(IsFree(held)), within, $"{member.Name} does not stop", cancellationToken);
    }

    /// <summary>Runs the command line against a node.</summary>
    public Task<CommandResult> CliAsync(TestnetMember node, params string[] arguments) =>
        Command.RunAsync(Programs.Cli, arguments, new Dictionary<string, string> { ["PYRSIA_NODE"] = node.Http.ToString().TrimEnd('/'), ["PYRSIA_NETWORK"] = NetworkFile });

    /// <summary>Waits until all authorities publish the same log.</summary>
    public Task SameRootsAsync(CancellationToken cancellationToken) => Wait.UntilAsync(
        async () => (await Task.WhenAll(Authorities.Select(authority => authority.RootAsync()))).Distinct().Count() == 1, AgreementLimit, "the authorities have different roots", cancellationToken);

    /// <summary>Proposes a source for names and lets a quorum of the authorities' operators approve it.</summary>
    public async Task MapAsync(string coordinate, string url, string tag, CancellationToken cancellationToken, params string[] also)
    {
        var proposed = await MustAsync(["mapping", "propose", "--coordinate", coordinate, .. also.SelectMany(name => new[] { "--coordinate", name }), "--source", url, "--ref", tag]);
        var id = MappingId().Match(proposed).Value;
        await ShownAsync(coordinate, id, cancellationToken);
        foreach (var authority in Authorities.Take(3)) await MustAsync("mapping", "approve", id, "--keys", System.IO.Path.Combine(Path, authority.Name, "data", "keys"));
        await ShownAsync(coordinate, $"mapping  {id}", cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var member in Authorities.Concat(Nodes)) member.Signal("CONT");
        await Command.RunAsync(Programs.Cli, ["testnet", "down", "--dir", Path]);
        _client.Dispose();
        _directory.Dispose();
        if (_server is not null) await _server.DisposeAsync();
    }

    private async Task<string> MustAsync(params string[] arguments)
    {
        var result = await CliAsync(Nodes[0], arguments);
        return result.ExitCode == 0 ? result.Output : throw new InvalidOperationException($"pyrsia {string.Join(' ', arguments)}: {result}");
    }

    private Task ShownAsync(string coordinate, string text, CancellationToken cancellationToken) => Wait.UntilAsync(
        async () => (await CliAsync(Nodes[0], "mapping", "show", coordinate)).Output.Contains(text, StringComparison.Ordinal), AgreementLimit * 2, $"{coordinate} does not show {text}", cancellationToken);

    [System.Text.RegularExpressions.GeneratedRegex("[0-9a-f]{64}")]
    private static partial System.Text.RegularExpressions.Regex MappingId();

    private TestnetMember[] Read(JsonNode members) =>
        [.. members.AsArray().Select(m => new TestnetMember((string)m!["name"]!, (string)m["peerId"]!, new Uri((string)m["http"]! + "/"), (string)m["p2p"]![0]!, (int)m["pid"]!, _client))];

    private static bool IsFree(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
