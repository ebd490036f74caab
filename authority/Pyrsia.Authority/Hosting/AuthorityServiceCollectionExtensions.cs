using Pyrsia.Authority.Builds;
using Pyrsia.Authority.Cluster;
using Pyrsia.Authority.Keys;
using Pyrsia.Authority.Log;
using Pyrsia.Authority.Storage;
using Pyrsia.Authority.Telemetry;
using Pyrsia.Authority.Workers;
using Pyrsia.Consensus;
using Pyrsia.Libp2p;
using Pyrsia.Node.Artifacts;
using Pyrsia.Node.Builds;
using Pyrsia.Node.Hosting;
using Pyrsia.Node.Log;
using Pyrsia.Node.Maven;
using Pyrsia.Node.Telemetry;

namespace Pyrsia.Authority.Hosting;

/// <summary>Joins the duties of an authority to a node.</summary>
internal static class AuthorityServiceCollectionExtensions
{
    /// <summary>Consensus, the log, the builder, and the desk that takes build requests.</summary>
    internal static IServiceCollection AddPyrsiaAuthority(this IServiceCollection services, NodeResources resources, AuthorityKeys keys, AuthorityStorage storage, AuthorityDatabase? database, BuilderOptions builders)
    {
        var genesis = resources.Network!.Genesis;
        var place = storage.Place;
        var application = new LedgerApplication(
            genesis, digest => Patiently(() => resources.Log.ReadPayload(digest)),
            new BuilderEvidence(storage.Evidence, genesis, index => index < resources.Log.Size ? Patiently(() => resources.Log.ReadLeaf(index)) : null).Consider);

        services.AddSingleton(genesis).AddSingleton(keys).AddSingleton(place).AddSingleton(storage.Epochs).AddSingleton(storage.Epochs.Finalized).AddSingleton(application).AddSingleton(new Sitting(storage.Epochs.First)).AddSingleton<EnginePort>().AddSingleton(new VotingStatus(storage.Epochs.Journal.RefusalToVote));
        services.AddSingleton<IConsensusPort>(provider => provider.GetRequiredService<EnginePort>());
        services.AddSingleton<IQuorumSense>(provider => new QuorumSense(provider.GetRequiredService<Libp2pHost>(), provider.GetRequiredService<Sitting>(), provider.GetRequiredService<VotingStatus>(), database));
        if (database is not null) services.AddSingleton(database).AddHostedService<CopyWatch>();
        services.AddSingleton(new AuthorityLedger(application.Genesis));
        services.AddSingleton(new LogWriter(resources.Log));
        services.AddSingleton(new EvidenceStore(storage.Evidence, storage.ChainId));
        services.AddSingleton(provider => new CheckpointPublisher(genesis, storage.Epochs.First, keys, resources.Log, provider.GetRequiredService<LogView>().Sets, provider.GetRequiredService<IConsensusPort>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new ConsensusStreams(
            provider.GetRequiredService<Libp2pHost>(), provider.GetRequiredService<EnginePort>(), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<ConsensusStreams>>()));
        services.AddSingleton<IConsensusTransport>(provider => provider.GetRequiredService<ConsensusStreams>()).AddSingleton<AuthorityCommitSink>();
        services.AddSingleton<EpochRun>();
        services.AddHostedService<ConsensusService>();

        services.AddSingleton(builders.Askers).AddSingleton<IBuildDesk, LocalBuildDesk>().AddSingleton<IResultSource, OciNotarizer>().AddSingleton<IResultSource, MavenNotarizer>();
        services.AddSingleton(new BuildLogs(resources.Directory["build-logs"]));
        if (builders.Queue) services.AddBuildQueue(place.Member.Name, database?.OpenQueue() ?? throw BuilderOptions.QueueWithoutDatabase());
        else
        {
            services.AddSingleton(provider => new SandboxedBuilds(
                builders, resources.Directory["build-work"], place.Member.Name, genesis.TestNetwork, provider.GetRequiredService<MavenRepository>(), provider.GetRequiredService<ArtifactService>(), resources.Content,
                provider.GetRequiredService<BuildLogs>(), provider.GetRequiredService<TimeProvider>()));
            services.AddSingleton<ISourceBuilds>(provider => provider.GetRequiredService<SandboxedBuilds>()).AddSingleton<IReadiness>(provider => provider.GetRequiredService<SandboxedBuilds>());
        }
        services.AddSingleton<INodeMeter>(provider => new AuthorityMetrics(provider.GetRequiredService<EnginePort>(), provider.GetRequiredService<AuthorityLedger>(), provider.GetRequiredService<IQuorumSense>(), database));
        services.AddHostedService<BuildDeskService>();
        if (place.Builder is { } builder)
            services.AddHostedService(provider => ActivatorUtilities.CreateInstance<BuilderService>(provider, builder, new SignedWorks(storage.Signed)));
        return services;

        // What consensus reads it cannot do without: a database that is away for a while must not end it.
        T Patiently<T>(Func<T> read) => database is null ? read() : database.Patiently(read);
    }

    /// <summary>Builds by workers that take their jobs from a queue.</summary>
    private static void AddBuildQueue(this IServiceCollection services, string authority, BuildQueue queue)
    {
        services.AddSingleton(queue).AddSingleton<QueueKeeper>().AddHostedService(provider => provider.GetRequiredService<QueueKeeper>());
        services.AddSingleton<IReadiness>(provider => provider.GetRequiredService<QueueKeeper>()).AddSingleton<INodeMeter, QueueMetrics>();
        services.AddSingleton<ISourceBuilds>(provider => ActivatorUtilities.CreateInstance<QueuedBuilds>(provider, authority));
    }
}
