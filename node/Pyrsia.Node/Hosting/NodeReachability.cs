using Pyrsia.Content;
using Pyrsia.Libp2p;

namespace Pyrsia.Node.Hosting;

/// <summary>Finds out whether others can dial this node, has its router let them in where that can be asked, and has it reached over relays and through its NAT where they cannot.</summary>
internal sealed partial class NodeReachability(NodeOptions options, Libp2pHost host, KadDht dht, ContentService content, ILogger<NodeReachability> logger) : IAsyncDisposable
{
    private AutoNat? _autoNat;
    private RelayFinder? _relays;
    private HolePuncher? _puncher;
    private PortMapper? _mapper;

    /// <summary><c>public</c>, or of a node that cannot be dialed <c>punched</c> when a peer is connected through its NAT, <c>relayed</c> when it is reached over a relay and <c>private</c> when it is not, else <c>unknown</c>.</summary>
    public string Word => _autoNat?.Reachability switch
    {
        Reachability.Public => "public",
        Reachability.Private when host.Peers.Any(p => p.IsPunched) => "punched",
        Reachability.Private when host.ListenAddresses.Any(a => a.IsRelayed) => "relayed",
        Reachability.Private => "private",
        _ => "unknown",
    };

    /// <summary>Begins, before the node listens.</summary>
    public void Start()
    {
        // A node that connects to nobody by itself dials nobody on another's word either.
        var autoNat = _autoNat = new AutoNat(host, new AutoNatOptions { Serve = !options.ListenOnly });
        if (!options.ListenOnly) _puncher = new HolePuncher(host);
        // Whoever cannot be dialed would only cost those time that find it in their tables.
        autoNat.Changed += (_, _) => dht.Mode = autoNat.Reachability == Reachability.Private ? KadMode.Client : KadMode.Server;
        if (options.MapPorts)
        {
            _mapper = new PortMapper(host);
            _mapper.Changed += (_, _) => LogMapped(string.Join(' ', _mapper.External));
        }
        _relays = new RelayFinder(host, autoNat);
        // Records of what this node holds go out with the addresses that it has then.
        _relays.Found += (_, _) => content.AnnounceAll();
    }

    public async ValueTask DisposeAsync()
    {
        if (_mapper is not null) await _mapper.DisposeAsync();
        _puncher?.Dispose();
        _relays?.Dispose();
        _autoNat?.Dispose();
    }

    [LoggerMessage(33, LogLevel.Information, "The router maps this node's port to {EndPoints}")]
    private partial void LogMapped(string endPoints);
}
