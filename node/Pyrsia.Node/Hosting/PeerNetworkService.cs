using Pyrsia.Content;
using Pyrsia.Libp2p;
using Pyrsia.Node.Log;

namespace Pyrsia.Node.Hosting;

/// <summary>Brings the node into its network: listens, connects, announces what it holds.</summary>
internal sealed partial class PeerNetworkService(NodeOptions options, Libp2pHost host, KadDht dht, ContentService content, LogStore log, NodeReachability reachability, ILogger<PeerNetworkService> logger) : BackgroundService
{
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        host.Faulted += (_, fault) => LogFault(fault.Activity, fault.Fault.Message);
        LogProtocol.Serve(host, log);
        reachability.Start();
        foreach (var address in options.Listen) await ListenAsync(address, cancellationToken);
        LogListening(string.Join(' ', host.ListenAddresses));
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        content.AnnounceAll();
        if (!options.ListenOnly) await dht.BootstrapAsync(stoppingToken);
    }

    private async Task ListenAsync(string address, CancellationToken cancellationToken)
    {
        if (!Multiaddr.TryParse(address, out var multiaddr)) throw new StartupException($"'{address}' is no multiaddr.", "Write /ip4/0.0.0.0/tcp/44000, for example.", isUsage: true);
        try
        {
            await host.ListenAsync(multiaddr, cancellationToken);
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
        {
            throw new StartupException($"Cannot listen on {address}: {e.Message}", "Choose another address with --listen.", inner: e);
        }
    }

    [LoggerMessage(30, LogLevel.Information, "Listening for peers on {Addresses}")]
    private partial void LogListening(string addresses);

    [LoggerMessage(31, LogLevel.Debug, "{Activity}: {Fault}")]
    private partial void LogFault(string activity, string fault);
}
