namespace Pyrsia.Libp2p;

/// <summary>From raw connections to streams, with what this host has for that.</summary>
public sealed partial class Libp2pHost
{
    private readonly HostMetrics metrics;

    /// <summary>What this host measures.</summary>
    internal HostMetrics Metrics => metrics;

    /// <summary>Connections that are counted now.</summary>
    internal IReadOnlyList<PeerConnection> Metered => AllConnections();

    private Task<UpgradedConnection> UpgradeDialedAsync(IByteChannel channel, ISecurityProtocol protocol, PeerId? expected, CancellationToken cancellationToken) =>
        metrics.HandshakeAsync(dialer: true, () => ConnectionUpgrade.DialAsync(channel, protocol, expected, yamux, time, cancellationToken));

    private Task<UpgradedConnection> UpgradeAcceptedAsync(IByteChannel channel, CancellationToken cancellationToken) =>
        metrics.HandshakeAsync(dialer: false, () => ConnectionUpgrade.ListenAsync(channel, security, yamux, time, cancellationToken));
}
