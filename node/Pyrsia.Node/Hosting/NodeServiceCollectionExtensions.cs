using Pyrsia.Content;
using Pyrsia.Content.Exchange;
using Pyrsia.Content.Routing;
using Pyrsia.Curve25519;
using Pyrsia.Libp2p;
using Pyrsia.Node.Artifacts;
using Pyrsia.Node.Builds;
using Pyrsia.Node.Log;
using Pyrsia.Node.Maven;
using Pyrsia.Node.Oci;
using Pyrsia.Node.Telemetry;
using Pyrsia.Node.Upstream;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Node.Hosting;

/// <summary>Joins the parts of a node.</summary>
public static class NodeServiceCollectionExtensions
{
    /// <summary>Everything that a node and an authority share: peers, content, the log's view and what the API answers from.</summary>
    public static IServiceCollection AddPyrsiaNode(this IServiceCollection services, NodeResources resources, NodeRole role)
    {
        services.AddSingleton(resources).AddSingleton(resources.Options).AddSingleton(resources.Content).AddSingleton(resources.Log).AddSingleton<IUpstreamRegistry>(resources.Upstreams).AddSingleton(resources.Maven);
        services.AddSingleton(new NodeIdentityRole(role)).AddSingleton(TimeProvider.System).AddSingleton<Random>();
        services.AddSingleton<TraceSender>().AddSingleton(provider =>
        {
            _ = provider.GetRequiredService<TraceSender>();
            return new Libp2pHost(HostOptions(resources, role));
        });
        services.AddSingleton(provider => new KadDht(provider.GetRequiredService<Libp2pHost>(), KadOptions(resources)));
        services.AddSingleton<TransferCounters>().AddSingleton<ExchangeServer>().AddSingleton<ExchangeOptions>();
        services.AddSingleton<IExchangePeers, Libp2pExchange>();
        services.AddSingleton<IContentRouter>(provider => new DhtContentRouter(provider.GetRequiredService<KadDht>(), resources.Identity.PeerId, LastResort(resources.Network)));
        services.AddSingleton<ContentService>().AddSingleton<NodeReachability>();
        if (resources.Network is { } network)
        {
            services.AddSingleton(network).AddSingleton<LogView>();
            services.AddSingleton(provider => new GossipSub(provider.GetRequiredService<Libp2pHost>()));
            services.AddSingleton<CheckpointGossip>().AddHostedService(provider => provider.GetRequiredService<CheckpointGossip>()); // before peers come
            services.AddSingleton<IProvenanceGate, ProvenanceGate>();
            services.AddSingleton(provider => ActivatorUtilities.CreateInstance<ServingPolicy>(provider, resources.Options.Policy, resources.Options.Allow));
        }
        services.AddSingleton(provider => new ArtifactService(provider.GetService<LogView>(), provider.GetService<ServingPolicy>(), provider.GetRequiredService<ContentService>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new OciReferrers(provider.GetService<LogView>(), provider.GetRequiredService<ArtifactService>()));
        services.AddSingleton(provider => new MavenRepository(provider.GetService<LogView>(), provider.GetService<ServingPolicy>(), provider.GetRequiredService<ArtifactService>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new BuildService(provider.GetService<LogView>(), provider.GetService<IBuildDesk>(), resources.Upstreams, resources.Maven, Ed25519PrivateKey.FromSeed(resources.Identity.ExportSeed())));
        services.AddSingleton(provider => new DifferenceService(provider.GetService<LogView>(), provider.GetRequiredService<ArtifactService>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new SetService(provider.GetService<LogView>(), provider.GetService<IBuildDesk>()));
        services.AddSingleton(provider => new MappingService(provider.GetService<LogView>(), provider.GetService<IBuildDesk>(), Ed25519PrivateKey.FromSeed(resources.Identity.ExportSeed())));
        services.AddSingleton(provider => new SourceHints(provider.GetService<LogView>(), provider.GetRequiredService<MavenRepository>(), resources.Maven));
        services.AddSingleton(provider => new SourceBuildService(provider.GetService<LogView>(), provider.GetService<IBuildDesk>(), provider.GetRequiredService<MappingService>(), Ed25519PrivateKey.FromSeed(resources.Identity.ExportSeed())));
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<MissPolicy>(provider, resources.Options.BuildOnMiss ?? resources.Network?.Genesis.TestNetwork ?? false));
        services.AddSingleton(new NodeIdentityName(role == NodeRole.Authority ? "pyrsia-authority" : "pyrsia-node", typeof(NodeResources).Assembly.GetName().Version!.ToString(3), resources.Identity.PeerId.ToString()));
        services.AddSingleton<INodeMeter, NodeMetrics>().AddSingleton<TelemetryService>();
        services.AddHostedService<PeerNetworkService>().AddHostedService<LocalNetworkService>().AddHostedService<HeldMemoryService>();
        return services;
    }

    /// <summary>What only a plain node does: follows the log that others keep, and hands build requests to authorities.</summary>
    public static IServiceCollection AddPyrsiaFollower(this IServiceCollection services, NodeResources resources)
    {
        if (resources.Network is null) return services;
        services.AddSingleton<IBuildDesk, RemoteBuildDesk>().AddSingleton<LogMirror>();
        services.AddHostedService<LogFollower>();
        return services;
    }

    private static Libp2pHostOptions HostOptions(NodeResources resources, NodeRole role) => new()
    {
        Identity = resources.Identity,
        AgentVersion = $"pyrsia-{(role == NodeRole.Authority ? "authority" : "node")}/{typeof(NodeResources).Assembly.GetName().Version!.ToString(3)}",
        Bootstrap = resources.Options.ListenOnly ? [] : Addresses([.. resources.Network?.Bootstrap ?? [], .. resources.Options.Peers]),
        PeerStorePath = resources.Directory["peers.json"],
        Heartbeat = HeartbeatOptions.ForDeadAfter(resources.Options.DeadAfter),
        Relay = resources.Options.Relay ? new RelayOptions() : null,
        PrivateNetwork = resources.PrivateNetwork,
        Limits = LimitOption.Read(resources.Options.Limits),
        Gate = Gate(resources.Options.Deny),
    };

    private static DenyList? Gate(IReadOnlyList<string> denied) => denied.Count == 0 ? null
        : DenyList.TryParse(denied, out var list, out var wrong) ? list
        : throw new StartupException($"'{wrong}' is neither a peer id nor an IP address nor a network.", "Write a peer id, 192.0.2.7 or 192.0.2.0/24, for example.");

    private static KadOptions KadOptions(NodeResources resources) => new() { Protocol = $"{resources.Network?.DhtPrefix ?? NetworkFile.DefaultDhtPrefix}/kad/1.0.0" };

    private static Multiaddr[] Addresses(IEnumerable<string> texts) =>
        [.. texts.Select(text => Multiaddr.TryParse(text, out var address) ? address : throw new StartupException($"'{text}' is no multiaddr.", "Write /ip4/192.0.2.1/tcp/44000/p2p/PEER-ID, for example."))];

    private static PeerId[] LastResort(NetworkFile? network) => network is null ? [] : [.. network.Genesis.Authorities.Select(authority => PeerId.Parse(authority.PeerId))];
}
