using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Pyrsia.Authority.Builds;
using Pyrsia.Authority.Cluster;
using Pyrsia.Authority.Log;
using Pyrsia.Authority.Storage.Postgres;
using Pyrsia.Authority.Workers;
using Pyrsia.Builds.Images;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Ledger;
using Pyrsia.Provenance.Specifications;
using Pyrsia.Testing;
using Pyrsia.Testing.Postgres;
using Pyrsia.Testing.Provenance;

namespace Pyrsia.EndToEnd.Tests.Harness;

/// <summary>Build workers as processes of their own, with the authority's side of their queue; the jobs fetch a small archive and have nothing to run.</summary>
internal sealed class WorkerPool : IAsyncDisposable
{
    private const string Schema = "pool";
    private const string Role = "worker";

    private readonly PostgresServer _server;
    private readonly TemporaryDirectory _directory = new();
    private readonly TestNetwork _network = new(realPeers: true);
    private readonly PostgresDatabase _database;
    private readonly QueueKeeper _keeper;
    private readonly ConcurrentDictionary<int, Daemon> _workers = new();
    private BuildSpecification _specification = SourceBuilds.Specification;
    private GitServer? _source;

    private WorkerPool(PostgresServer server)
    {
        _server = server;
        _database = new PostgresDatabase(server.ConnectionString(Schema), TimeProvider.System);
        PostgresSetup.Prepare(_database, _network.Genesis.ChainId, "a0");
        var ledger = new AuthorityLedger(new LedgerApplication(_network.Genesis, _ => null).Genesis);
        _keeper = new QueueKeeper(new BuildQueue(_database), ledger, new BuildLogs(_directory["build-logs"]), TimeProvider.System, NullLogger<QueueKeeper>.Instance);
    }

    /// <summary>Where the source comes from.</summary>
    internal GitServer Source => _source!;

    /// <summary>The jobs, as they were when they were last looked at.</summary>
    internal IReadOnlyList<JobStanding> Jobs => _keeper.Jobs;

    /// <summary>The processes.</summary>
    internal ICollection<Daemon> Workers => _workers.Values;

    /// <summary>Makes the queue; nobody works on it yet.</summary>
    internal static async Task<WorkerPool> StartAsync(PostgresServer server, CancellationToken cancellationToken)
    {
        var pool = new WorkerPool(server);
        try
        {
            await pool.PrepareAsync(cancellationToken);
            return pool;
        }
        catch
        {
            await pool.DisposeAsync();
            throw;
        }
    }

    /// <summary>From here on jobs have something to run: they clone, in a sandbox of that image.</summary>
    internal async Task CloneAsync(BuilderImage image)
    {
        var commit = await Source.PublishAsync("cloned", new Dictionary<string, string>(StringComparer.Ordinal) { ["words.txt"] = "one\ntwo\n" });
        _specification = _specification with { Source = new BuildSource(SourceKind.Git, $"{Source.Address}/cloned.git", commit, null, ""), BuilderImage = image.Digest };
    }

    /// <summary>Starts a worker, or starts it again with the data that it has.</summary>
    internal async Task StartWorkerAsync(int number, CancellationToken cancellationToken)
    {
        var worker = _workers[number] = Daemon.Start(Programs.Authority, [.. Arguments(_directory[$"worker-{number}"]), "--builder", "bubblewrap", "--builder-images", _directory["images"]]);
        await worker.HearAsync("Listening for peers", cancellationToken);
    }

    /// <summary>
    /// Starts a worker in a container that may do nothing but ask its own engine for sandboxes: what it hands them it has under the same path as the engine, and the socket is for a group that it is given.
    /// </summary>
    internal async Task<Daemon> StartContainerAsync(string image, Dockerd engine, CancellationToken cancellationToken)
    {
        const string user = "1654";
        var (data, database) = (_directory["contained"], new NpgsqlConnectionStringBuilder(_server.ConnectionString(Schema)).Host!);
        await Command.MustAsync("install", "-d", "-m", "0700", "-o", user, "-g", user, data);
        await Command.MustAsync("chmod", "a+x", database);
        var worker = _workers[-1] = Daemon.Start(
            "docker",
            [
                "--host", $"unix://{engine.SocketPath}", "run", "--rm", "--network", "host", "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--tmpfs", "/tmp", "--group-add", (await Command.MustAsync("stat", "--format", "%g", engine.SocketPath)).Trim(),
                "--volume", $"{engine.SocketPath}:{engine.SocketPath}", "--volume", $"{data}:{data}", "--volume", $"{database}:{database}", "--volume", $"{_directory["network.json"]}:{_directory["network.json"]}:ro",
                "--volume", $"{BuilderImages.Directory}:/images:ro", image, .. Arguments(data), "--builder", "docker", "--docker-socket", engine.SocketPath, "--builder-images", "/images",
            ]);
        await worker.HearAsync("Listening for peers", cancellationToken);
        return worker;
    }

    private string[] Arguments(string data) =>
    [
        "--worker-only", "--worker-lease", "4", "--storage", "postgres", "--connection-string", new NpgsqlConnectionStringBuilder(_server.ConnectionString(Schema)) { Username = Role }.ConnectionString,
        "--network", _directory["network.json"], "--data-dir", data, "--port", "0", "--listen", "/ip4/127.0.0.1/tcp/0", "--upstream", $"maven=dir:{_directory["nothing"]}",
    ];

    /// <summary>Ends a worker in the middle of what it does.</summary>
    internal Task KillWorkerAsync(int number) => _workers[number].KillAsync();

    /// <summary>Ends a worker in order.</summary>
    internal Task StopWorkerAsync(int number) => _workers[number].StopAsync();

    /// <summary>Has a job done.</summary>
    /// <returns>The worker's report.</returns>
    internal async Task<BuildReport> AskAsync(int number, CancellationToken cancellationToken)
    {
        var request = new SourceBuilds(_network).Request(_specification, nonce: $"{number}");
        var key = new JobKey(new RequestId(request.PayloadDigest), 1, RequestPhase.Planning);
        return BuildReport.Parse(await _keeper.AskAsync(new BuildJob(key, number, GoesFirst: false, _specification.BuilderImage, request.Leaf.ToArray(), null, null), cancellationToken));
    }

    /// <summary>Runs SQL as the authority; a connection that the server has cut off is not the last.</summary>
    internal async Task<object?> SqlAsync(string sql, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await using var command = _database.Source.CreateCommand(sql);
                return await command.ExecuteScalarAsync(cancellationToken);
            }
            catch (NpgsqlException e) when (PostgresDatabase.IsTransient(e))
            {
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var worker in _workers.Values) await worker.DisposeAsync();
        await _keeper.StopAsync(CancellationToken.None);
        _keeper.Dispose();
        _database.Dispose();
        if (_source is not null) await _source.DisposeAsync();
        _network.Dispose();
        _directory.Dispose();
    }

    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        await File.WriteAllBytesAsync(_directory["network.json"], _network.File.ToBytes(), cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(Directory.CreateDirectory(_directory["root"]).FullName, "empty"), "", cancellationToken);
        await Command.MustAsync("tar", "-C", _directory["root"], "-cf", _directory["image.tar"], "empty");
        var image = await new BuilderImageStore(_directory["images"]).AddAsync(_directory["image.tar"], cancellationToken);
        _source = GitServer.Start(Directory.CreateDirectory(_directory["git"]).FullName);
        var archive = await _source.ArchiveAsync("data", await _source.PublishAsync("data", new Dictionary<string, string>(StringComparer.Ordinal) { ["words.txt"] = "one\ntwo\n" }));
        _specification = new BuildSpecification(
            "generic", [new SpecifiedArtifact("generic:words:1.0", ["generic/words/1.0/words.txt"])], new BuildSource(SourceKind.Archive, $"{_source.Address}/data.tar.gz", archive, null, ""), null, image.Digest,
            BuildEnvironment.Default, null, null);
        await SqlAsync($"create role {Role} login", cancellationToken);
        await SqlAsync(WorkerRole.Script(Schema, Role), cancellationToken);
        await _keeper.StartAsync(cancellationToken);
    }
}
