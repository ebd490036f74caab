using System.Text.Json.Nodes;
using Npgsql;
using Pyrsia.Testing;
using Pyrsia.Testing.Postgres;

namespace Pyrsia.EndToEnd.Tests.Harness;

/// <summary>One build worker for each of the first two authorities of a local network, as their operators start them.</summary>
internal sealed class NetworkWorkers : IAsyncDisposable
{
    private const string Role = "worker";
    private const int Authorities = 2;

    /// <summary>Entries at the end of the log among which the results of the last build are.</summary>
    private const int NewestEntries = 8;

    private readonly List<Daemon> _workers = [];

    private NetworkWorkers()
    {
    }

    /// <summary>Where their APIs are.</summary>
    internal List<Uri> Http { get; } = [];

    /// <summary>Their data directories.</summary>
    internal List<string> Data { get; } = [];

    /// <summary>Their peer ids.</summary>
    internal HashSet<string> PeerIds { get; } = [];

    internal static async Task<NetworkWorkers> StartAsync(Testnet testnet, PostgresServer server, TemporaryDirectory directory, CancellationToken cancellationToken)
    {
        await using (var source = NpgsqlDataSource.Create(server.ConnectionString("public")))
        await using (var create = source.CreateCommand($"create role {Role} login")) await create.ExecuteNonQueryAsync(cancellationToken);
        var workers = new NetworkWorkers();
        try
        {
            foreach (var authority in testnet.Authorities.Take(Authorities)) await workers.StartOneAsync(testnet, server.ConnectionString(authority.Name.Replace('-', '_')), directory[$"worker-of-{authority.Name}"], authority.Client, cancellationToken);
            return workers;
        }
        catch
        {
            await workers.DisposeAsync();
            throw;
        }
    }

    /// <summary>The workers that the newest results in the log name.</summary>
    internal static async Task<HashSet<string>> NamedInProvenanceAsync(Testnet testnet, TestnetMember node)
    {
        var size = long.Parse((await node.Client.GetStringAsync(new Uri(node.Http, "log/checkpoint"))).Split('\n')[1], System.Globalization.CultureInfo.InvariantCulture);
        var named = new HashSet<string>(StringComparer.Ordinal);
        for (var index = Math.Max(0, size - NewestEntries); index < size; index++)
        {
            var shown = await testnet.CliAsync(node, "log", "entry", $"{index}");
            if (shown.ExitCode != 0) throw new InvalidOperationException($"Entry {index} of {size} is not shown: {shown}");
            if ((string?)JsonNode.Parse(shown.Output)!["payload"]?["predicate"]?["buildDefinition"]?["internalParameters"]?["worker"] is { } worker) named.Add(worker);
        }
        return named;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var worker in _workers) await worker.DisposeAsync();
    }

    private async Task StartOneAsync(Testnet testnet, string connection, string data, HttpClient client, CancellationToken cancellationToken)
    {
        await Command.MustAsync(Programs.Authority, "migrate", "--connection-string", connection, "--worker-role", Role);
        var http = FreePort.Find();
        var worker = Daemon.Start(
            Programs.Authority, "--worker-only", "--storage", "postgres", "--connection-string", new NpgsqlConnectionStringBuilder(connection) { Username = Role }.ConnectionString, "--network", testnet.NetworkFile,
            "--data-dir", data, "--port", $"{http}", "--listen", "/ip4/127.0.0.1/tcp/0", "--builder", "bubblewrap", "--builder-images", BuilderImages.Directory);
        _workers.Add(worker);
        await worker.HearAsync("Listening for peers", cancellationToken);
        Http.Add(new Uri($"http://127.0.0.1:{http}/"));
        Data.Add(data);
        await Readiness.SaysAsync(client, Http[^1], "ok", cancellationToken);
        PeerIds.Add((string)JsonNode.Parse(await client.GetStringAsync(new Uri(Http[^1], "status"), cancellationToken))!["peer_id"]!);
    }
}
