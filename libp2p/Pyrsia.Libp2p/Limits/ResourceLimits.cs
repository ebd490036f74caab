namespace Pyrsia.Libp2p;

/// <summary>How much a host gives to others and holds for them. What goes beyond is refused at once: nothing waits for room. A protocol has limits of its own besides, <see cref="ProtocolLimits"/>.</summary>
public sealed record ResourceLimits
{
    /// <summary>Connections in sum; beyond it the longest unused one that nothing protects goes. A quiet connection costs about 30 KiB, so these are 15 MiB, and half of the 1024 descriptors that many systems give a process.</summary>
    public int MaxConnections { get; init; } = 512;

    /// <summary>Connections that others dialed; room is made as above. Three quarters: callers cannot take the places that the host's own dials need, or surround it with themselves.</summary>
    public int MaxInboundConnections { get; init; } = 384;

    /// <summary>Connections that others dialed from one network, 24 bits of IPv4 or 56 of IPv6; private and loopback ranges have no such limit. A third of the inbound ones: large enough for an
    /// office behind one address, too small to fill the host from one place.</summary>
    public int MaxInboundConnectionsPerPrefix { get; init; } = 128;

    /// <summary>Connections with one peer, whoever dialed. Two come from dialing each other at the same time, two more from a circuit and what takes its place.</summary>
    public int MaxConnectionsPerPeer { get; init; } = 4;

    /// <summary>Connections that one peer dialed. It may come again before it is noticed that its last connection died; one place is left for a dial of this host's own.</summary>
    public int MaxInboundConnectionsPerPeer { get; init; } = 3;

    /// <summary>Callers whose handshake is not finished, and as many again over QUIC. Each may cost a signature and three key agreements, some 2 ms with all that is around them, so that all at once hold a core for an eighth of a second.</summary>
    public int MaxHandshakes { get; init; } = 64;

    /// <summary>The same from one network, 24 bits of IPv4 or 56 of IPv6; private and loopback ranges have no such limit. A handshake takes two round trips: eight at once let twenty a second in over a
    /// bad path, and silent callers of seven networks do not shut an eighth out.</summary>
    public int MaxHandshakesPerPrefix { get; init; } = 8;

    /// <summary>Streams that peers have open in sum. Eight for each of the most connections, of which a quiet one uses one. At worst a stream costs 256 KiB that nobody reads here and 256 KiB
    /// that nobody takes there: 2 GiB if peers fill all streams both ways.</summary>
    public int MaxInboundStreams { get; init; } = 4096;

    /// <summary>Streams that one peer has open, over all its connections. As many as one connection may have: a peer gains nothing by several.</summary>
    public int MaxInboundStreamsPerPeer { get; init; } = 512;

    /// <summary>Streams that a peer has open over one connection. Twice what a peer may open without waiting for an acknowledgement (256, by yamux), so that this wait comes first with honest peers. 128 MiB if all are full.</summary>
    public int MaxInboundStreamsPerConnection { get; init; } = 512;

    /// <summary>Largest receive window of a stream, in bytes: 16 MiB carry 2 Gbit/s at 60 ms.</summary>
    public int MaxStreamWindow { get; init; } = 16 * 1024 * 1024;

    /// <summary>Bytes that all windows of one connection grow by in sum: two streams at full speed.</summary>
    public long MaxWindowGrowthPerConnection { get; init; } = 32 * 1024 * 1024;

    /// <summary>Bytes that the windows of all connections with one peer grow by in sum: those of two connections, as when one takes the place of another while transfers go on. A quarter of the host's, so that one peer does not slow all others down.</summary>
    public long MaxWindowGrowthPerPeer { get; init; } = 64 * 1024 * 1024;

    /// <summary>Bytes that all windows of the host grow by in sum: eight connections at their most. When they are taken, windows stay as they are, at least at the specification's 256 KiB, and transfers over long paths are slower.</summary>
    public long MaxWindowGrowth { get; init; } = 256 * 1024 * 1024;

    /// <summary>Refuses limits that let nothing through.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A limit is less than 1, the largest window less than the specification's 256 KiB, or a growth negative.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxConnections, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxInboundConnections, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxInboundConnectionsPerPrefix, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxConnectionsPerPeer, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxInboundConnectionsPerPeer, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxHandshakes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxHandshakesPerPrefix, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxInboundStreams, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxInboundStreamsPerPeer, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxInboundStreamsPerConnection, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxStreamWindow, YamuxOptions.InitialWindow);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxWindowGrowthPerConnection);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxWindowGrowthPerPeer);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxWindowGrowth);
    }
}
