namespace Pyrsia.Libp2p;

/// <summary>The accounts of one host under its limits: which scopes each thing is counted in, and how often each was refused.</summary>
internal sealed class HostResources(ResourceLimits limits) : IYamuxBudget
{
    private readonly ResourceLimits limits = limits;
    private readonly long[] refusals = new long[Enum.GetValues<ResourceKind>().Length];

    public ResourceAccounts Accounts { get; } = new();

    /// <summary>A caller's handshake begins.</summary>
    /// <param name="from">The network it comes from, null for one that is not counted.</param>
    /// <param name="kind">One of the two kinds of handshakes.</param>
    public Reservation? TryHandshake(NetworkPrefix? from, ResourceKind kind = ResourceKind.Handshakes)
    {
        Span<ResourceClaim> claims = [new(new(kind), limits.MaxHandshakes), new(new(kind, Prefix: from), limits.MaxHandshakesPerPrefix)];
        return Accounts.TryTake(from is null ? claims[..1] : claims, out _) ?? Refuse(kind);
    }

    /// <summary>A connection is taken into service. The refusal counts when the caller says so, as it may make room.</summary>
    public Reservation? TryConnection(PeerConnection connection, out ResourceScope full)
    {
        var (peer, from) = (connection.Peer, connection.Network);
        Span<ResourceClaim> claims =
        [
            new(new(ResourceKind.Connections, peer), limits.MaxConnectionsPerPeer),
            new(new(ResourceKind.Connections), limits.MaxConnections),
            new(new(ResourceKind.InboundConnections, peer), limits.MaxInboundConnectionsPerPeer),
            new(new(ResourceKind.InboundConnections), limits.MaxInboundConnections),
            new(new(ResourceKind.InboundConnections, Prefix: from), limits.MaxInboundConnectionsPerPrefix),
        ];
        return Accounts.TryTake(!connection.IsInbound ? claims[..2] : from is null ? claims[..4] : claims, out full);
    }

    /// <summary>A peer opened a stream.</summary>
    public Reservation? TryStream(PeerId peer) =>
        Accounts.TryTake([new(new(ResourceKind.InboundStreams, peer), limits.MaxInboundStreamsPerPeer), new(new(ResourceKind.InboundStreams), limits.MaxInboundStreams)], out _)
        ?? Refuse(ResourceKind.InboundStreams);

    /// <summary>A peer's stream goes to the handler of a protocol.</summary>
    public Reservation? TryProtocol(PeerId peer, string protocol, ProtocolLimits of) => Accounts.TryTake(
        [new(new(ResourceKind.ProtocolStreams, peer, Protocol: protocol), of.MaxStreamsPerPeer), new(new(ResourceKind.ProtocolStreams, Protocol: protocol), of.MaxStreams)], out _)
        ?? Refuse(ResourceKind.ProtocolStreams);

    /// <summary>The memory that such a stream begins with; null when its protocol has none left.</summary>
    public ProtocolMemory? TryMemory(PeerId peer, string protocol, ProtocolLimits of)
    {
        var memory = new ProtocolMemory(this, peer, protocol, of);
        if (memory.TryBegin()) return memory;
        Refuse(ResourceKind.ProtocolStreams);
        return null;
    }

    public bool TryGrow(long bytes) => TryGrow([new(new(ResourceKind.WindowBytes), limits.MaxWindowGrowth)], bytes);

    public void Shrink(long bytes) => Accounts.Release([new(ResourceKind.WindowBytes)], bytes);

    public IYamuxBudget Of(PeerId peer) => new PeerBudget(this, peer);

    public void StreamRefused() => Refuse(ResourceKind.InboundStreams);

    private bool TryGrow(ReadOnlySpan<ResourceClaim> claims, long bytes)
    {
        if (Accounts.TryTake(claims, bytes)) return true;
        Refuse(ResourceKind.WindowBytes);
        return false;
    }

    /// <summary>Streams that handlers of a protocol have.</summary>
    public long Served(string protocol) => Accounts.Used(new(ResourceKind.ProtocolStreams, Protocol: protocol));

    /// <summary>Memory that streams of a protocol count with.</summary>
    public long Held(string protocol) => Accounts.Used(new(ResourceKind.ProtocolBytes, Protocol: protocol));

    /// <summary>What is taken of the whole host.</summary>
    public long Used(ResourceKind kind) => Accounts.Used(new(kind));

    /// <summary>How often something was refused.</summary>
    public long Refusals(ResourceKind kind) => Interlocked.Read(ref refusals[(int)kind]);

    /// <summary>Counts a refusal; null, so that it can end an expression.</summary>
    public Reservation? Refuse(ResourceKind kind)
    {
        Interlocked.Increment(ref refusals[(int)kind]);
        return null;
    }

    /// <summary>What the connections with one peer grow their windows from.</summary>
    private sealed class PeerBudget(HostResources host, PeerId peer) : IYamuxBudget
    {
        private readonly ResourceScope scope = new(ResourceKind.WindowBytes, peer);

        public bool TryGrow(long bytes) => host.TryGrow([new(scope, host.limits.MaxWindowGrowthPerPeer), new(new(ResourceKind.WindowBytes), host.limits.MaxWindowGrowth)], bytes);

        public void Shrink(long bytes) => host.Accounts.Release([scope, new(ResourceKind.WindowBytes)], bytes);

        public IYamuxBudget Of(PeerId other) => host.Of(other);

        public void StreamRefused() => host.StreamRefused();
    }
}
