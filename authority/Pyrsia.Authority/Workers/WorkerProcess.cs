using Pyrsia.Authority.Builds;
using Pyrsia.Authority.Storage;
using Pyrsia.Authority.Storage.Postgres;
using Pyrsia.Authority.Telemetry;
using Pyrsia.Builds.Images;
using Pyrsia.Node.Artifacts;
using Pyrsia.Node.Hosting;
using Pyrsia.Node.Maven;
using Pyrsia.Node.Telemetry;

namespace Pyrsia.Authority.Workers;

/// <summary>A build worker: a node, from whose repository builds get what they use, and a hand for the authority's queue. It has no key but its peer identity.</summary>
internal static class WorkerProcess
{
    /// <summary>Runs until the process is told to stop.</summary>
    /// <exception cref="StartupException">Something can't be used; the message says what and why.</exception>
    internal static async Task RunAsync(NodeOptions node, StorageOptions storage, BuilderOptions builders, WorkerOptions options)
    {
        using var database = new PostgresDatabase(CheckOptions(storage, builders), TimeProvider.System);
        PostgresSetup.CheckForWorker(database);
        using var resources = NodeResources.Open(node);
        var network = AuthorityStorage.NetworkOf(resources.Network);
        var builder = NodeWeb.CreateBuilder(node);
        var services = builder.Services.AddPyrsiaNode(resources, NodeRole.Node).AddPyrsiaFollower(resources);
        services.AddSingleton(network.Genesis).AddSingleton(options).AddSingleton(new BuilderImageStore(builders.ImagesDirectory));
        services.AddSingleton(new WorkerQueue(database, Guid.NewGuid(), options.Lease)).AddSingleton(new BuildLogs(resources.Directory["build-logs"]));
        services.AddSingleton<ISourceBuilds>(provider => new SandboxedBuilds(
            builders, resources.Directory["build-work"], $"worker-{resources.Identity.PeerId}", network.Genesis.TestNetwork, provider.GetRequiredService<MavenRepository>(), provider.GetRequiredService<ArtifactService>(), resources.Content,
            provider.GetRequiredService<BuildLogs>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<BuildWorker>().AddSingleton<IReadiness>(provider => provider.GetRequiredService<BuildWorker>()).AddHostedService(provider => provider.GetRequiredService<BuildWorker>());
        services.AddSingleton<INodeMeter, WorkerMetrics>();
        await using var app = builder.Build();
        await app.MapPyrsiaNode().RunPyrsiaAsync(node);
    }

    /// <summary>Looks at options that a worker can't work with.</summary>
    /// <returns>The connection string of its database.</returns>
    /// <exception cref="StartupException">It has no database, or nothing to build with.</exception>
    internal static string CheckOptions(StorageOptions storage, BuilderOptions builders) => builders.Queue || builders.Sandbox is null
        ? throw new StartupException("A worker builds by itself.", "Give auto, bubblewrap or docker with --builder.", isUsage: true)
        : storage.ConnectionString ?? throw new StartupException("A worker takes its jobs from PostgreSQL.", "Give --storage postgres and the connection string of its authority, with the worker's own user.", isUsage: true);
}
