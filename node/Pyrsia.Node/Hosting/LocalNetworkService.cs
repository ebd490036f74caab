using System.Net.Sockets;
using Pyrsia.Libp2p;

namespace Pyrsia.Node.Hosting;

/// <summary>Has the node find those of its network that are on the same local network, and be found.</summary>
internal sealed partial class LocalNetworkService(NodeResources resources, Libp2pHost host, ILogger<LocalNetworkService> logger) : IHostedService, IAsyncDisposable
{
    /// <summary>Letters of the chain id in the service's name, within the 63 of a label.</summary>
    private const int NameLength = 32;

    private MdnsDiscovery? _discovery;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (resources.PrivateNetwork is { } key) LogPrivateNetwork(key.Fingerprint());
        if (!resources.Options.Mdns) return Task.CompletedTask;
        try
        {
            _discovery = new MdnsDiscovery(host, new MdnsOptions { Service = resources.PrivateNetwork is null ? Service() : null });
        }
        catch (SocketException e)
        {
            throw new StartupException($"Multicast DNS: {e.Message}", "End the program that has port 5353 for itself, or start without --mdns.", inner: e);
        }
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => DisposeAsync().AsTask();

    public async ValueTask DisposeAsync()
    {
        if (_discovery is not null) await _discovery.DisposeAsync();
    }

    /// <summary>Peers of other networks would be of no use, and this node of none to them.</summary>
    private string? Service() => resources.Network is { } network ? $"_p2p-{network.Genesis.ChainId.Value.Hex[..NameLength]}._udp.local" : null;

    [LoggerMessage(32, LogLevel.Information, "In the private network {Fingerprint}")]
    private partial void LogPrivateNetwork(string fingerprint);
}
