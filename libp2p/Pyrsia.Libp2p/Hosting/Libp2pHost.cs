using System.Collections.Concurrent;

namespace Pyrsia.Libp2p;

/// <summary>A libp2p peer: listens, dials, opens and serves streams, knows who is there and who is not.
/// TCP, WebSocket and memory, multistream-select, noise and TLS, yamux; identify, identify push and ping are always served.</summary>
public sealed partial class Libp2pHost : IAsyncDisposable
{
    private readonly Libp2pHostOptions options;
    private readonly TimeProvider time;
    private readonly ISecurityProtocol[] security;
    private readonly HostResources resources;
    private readonly YamuxOptions yamux;
    private readonly DnsaddrResolver dnsaddr;
    private readonly CancellationTokenSource stopping = new();
    private readonly ConcurrentDictionary<string, ProtocolHandler> handlers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Task, byte> background = new();
    private readonly List<(IDisposable Socket, Multiaddr Address)> listeners = [];
    private readonly Lock gate = new();
    private readonly Lock randomGate = new();
    private int disposed;

    /// <summary>Creates a host; it dials and heartbeats at once and listens when <see cref="ListenAsync"/> is called.</summary>
    public Libp2pHost(Libp2pHostOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        PrivateNetworkGuard.Check(options.PrivateNetwork, Environment.GetEnvironmentVariable(PrivateNetworkGuard.Variable));
        this.options = options;
        time = options.Time;
        started = time.GetTimestamp();
        backoff = new DialBackoff(NextDouble, options.DialRetryMin, options.DialRetryMax);
        security = options.PlaintextForTests ? [new PlaintextUpgrade(options.Identity)] : [.. options.Security.Select(Secure)];
        resources = new HostResources(options.Limits);
        metrics = new HostMetrics(this, options.Meters, time);
        yamux = new YamuxOptions
        {
            Traffic = metrics,
            MaxWindow = options.Limits.MaxStreamWindow,
            MaxWindowGrowth = options.Limits.MaxWindowGrowthPerConnection,
            MaxInboundStreams = options.Limits.MaxInboundStreamsPerConnection,
            Budget = resources,
        };
        dnsaddr = new DnsaddrResolver((name, ct) => new DnsTextClient(options.NameServers ?? DnsServers.OfThisMachine(), time).LookupAsync(name, ct));
        if (QuicPlatform.IsAvailable) quic = new QuicTransport(options.Identity, options.Limits, options.Heartbeat, options.DialTimeout, metrics, time);
        PeerStore = PeerStore.Open(options.PeerStorePath, time, options.MaxKnownPeers);
        ServeIdentify();
        ServePing();
        if (options.Relay is { } relayOptions) ServeRelay(relayOptions);
        Spawn("heartbeat", HeartbeatLoopAsync);
        foreach (var address in options.Bootstrap) Spawn("bootstrap", ct => BootstrapLoopAsync(address, ct));
        if (options.PeerStorePath is not null) Spawn("peer store", SavePeerStoreLoopAsync);
    }

    /// <summary>A peer connected, was identified, went silent, came back, died or left. Raised on the host's tasks: handlers return at once.</summary>
    public event EventHandler<PeerEventArgs>? PeerChanged;

    /// <summary>A fault that the host survived.</summary>
    public event EventHandler<HostFaultEventArgs>? Faulted;

    /// <summary>The name of this host.</summary>
    public PeerId Id => options.Identity.PeerId;

    /// <summary>The identity; signs records.</summary>
    public KeyPair Identity => options.Identity;

    /// <summary>Addresses and protocols of known peers.</summary>
    public PeerStore PeerStore { get; }

    /// <summary>The clock.</summary>
    public TimeProvider Time => time;

    /// <summary>Asked for addresses of a peer that the peer store has none of; the DHT registers itself here.</summary>
    public Func<PeerId, CancellationToken, Task<IReadOnlyList<Multiaddr>>>? AddressResolver { get; set; }

    /// <summary>Addresses that others can dial, without peer id.</summary>
    public IReadOnlyList<Multiaddr> ListenAddresses
    {
        get
        {
            lock (gate)
            {
                var direct = options.AnnounceAddresses.Count > 0 ? options.AnnounceAddresses : listeners.SelectMany(l => ListenAddressExpansion.Expand(l.Address));
                return [.. direct.Concat(confirmed).Concat(held.Values.SelectMany(addresses => addresses)).Distinct()];
            }
        }
    }

    /// <summary>Key of the private network that the host is in, or null.</summary>
    internal PreSharedKey? PrivateNetwork => options.PrivateNetwork;

    /// <summary>A number below one, for jitter.</summary>
    internal double NextDouble()
    {
        lock (randomGate) return options.Random.NextDouble();
    }

    /// <summary>A source of jitter and choice for a part that keeps its own lock.</summary>
    internal Random NewRandom()
    {
        lock (randomGate) return new Random(options.Random.Next());
    }

    /// <summary>Says go-away to every peer, closes everything and saves the peer store.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) != 0) return;
        lock (gate)
        {
            foreach (var (socket, _) in listeners) socket.Dispose();
            listeners.Clear();
        }
        await Task.WhenAll(AllConnections().Select(c => c.Muxed.CloseAsync())).ConfigureAwait(false);
        await stopping.CancelAsync().ConfigureAwait(false);
        using var limit = new CancellationTokenSource(options.ShutdownTimeout, time);
        try
        {
            // A task that ends may have begun another: the one that serves a connection those of its last streams.
            while (!background.IsEmpty)
            {
                await Task.WhenAll(background.Keys).WaitAsync(limit.Token).ConfigureAwait(false);
                await Task.Yield();
            }
        }
        catch (OperationCanceledException)
        {
            // A handler that ignores its token is left behind; its stream is gone.
        }
        SavePeerStore();
        foreach (var protocol in security) protocol.Dispose();
        if (QuicPlatform.IsAvailable) quic?.Dispose();
        metrics.Dispose();
    }

    /// <summary>Runs host work that ends with the host and reports what it throws.</summary>
    internal void Spawn(string activity, Func<CancellationToken, Task> work)
    {
        var task = Task.Run(async () =>
        {
            try
            {
                await work(stopping.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (Survives(activity, e))
            {
                // Reported by the filter.
            }
        });
        background.TryAdd(task, 0);
        _ = task.ContinueWith(t => background.TryRemove(t, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Reports a fault; always true, so that it can stand in an exception filter.</summary>
    private bool Survives(string activity, Exception fault)
    {
        if (!stopping.IsCancellationRequested) Faulted?.Invoke(this, new HostFaultEventArgs(activity, fault));
        return true;
    }

    /// <summary>The connection as the private network of this host has it.</summary>
    private IByteChannel Privately(IByteChannel channel) => options.PrivateNetwork is { } key ? new PrivateChannel(channel, key) : channel;

    private ISecurityProtocol Secure(SecurityProtocol protocol) => protocol switch
    {
        SecurityProtocol.Noise => new NoiseStatic(options.Identity, [YamuxConnection.ProtocolId]),
        SecurityProtocol.Tls => new TlsIdentity(options.Identity, [YamuxConnection.ProtocolId], time),
        _ => throw new ArgumentOutOfRangeException(nameof(protocol), protocol, null),
    };

    private void Raise(PeerEventKind kind, PeerConnection connection, Exception? reason = null)
    {
        try
        {
            PeerChanged?.Invoke(this, new PeerEventArgs(kind, connection.Peer, connection.Address, reason));
        }
        catch (Exception e) when (Survives("an event handler", e))
        {
            // Reported by the filter.
        }
    }
}
