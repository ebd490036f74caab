using System.Diagnostics;

namespace Pyrsia.Libp2p;

/// <summary>From raw bytes to streams: noise or TLS, then yamux, agreed in their handshake or, with peers that do not know that, by multistream-select.</summary>
internal static class ConnectionUpgrade
{
    private static readonly string[] Muxers = [YamuxConnection.ProtocolId];

    public static Task<UpgradedConnection> DialAsync(
        IByteChannel channel, ISecurityProtocol security, PeerId? expected, YamuxOptions options, TimeProvider time, CancellationToken cancellationToken) =>
        HostTraces.HandshakeAsync(ActivityKind.Client, channel.RemoteAddress, () => RunDialerAsync(channel, security, expected, options, time, cancellationToken));

    public static Task<UpgradedConnection> ListenAsync(
        IByteChannel channel, IReadOnlyList<ISecurityProtocol> offered, YamuxOptions options, TimeProvider time, CancellationToken cancellationToken) =>
        HostTraces.HandshakeAsync(ActivityKind.Server, channel.RemoteAddress, () => RunListenerAsync(channel, offered, options, time, cancellationToken));

    private static async Task<UpgradedConnection> RunDialerAsync(
        IByteChannel channel, ISecurityProtocol security, PeerId? expected, YamuxOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        var secure = await security.DialAsync(channel, expected, cancellationToken).ConfigureAwait(false);
        if (secure.Muxer is null)
        {
            var lookahead = new SecureLookahead(secure);
            await MultistreamSelect.DialAsync(lookahead, Muxers, cancellationToken).ConfigureAwait(false);
            secure = lookahead;
        }
        return Muxed(secure, dialer: true, options, time, security.ProtocolId);
    }

    private static async Task<UpgradedConnection> RunListenerAsync(
        IByteChannel channel, IReadOnlyList<ISecurityProtocol> offered, YamuxOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        var input = new InputBuffer(channel);
        var agreed = await MultistreamSelect.ListenAsync(input, id => offered.Any(s => s.ProtocolId == id), cancellationToken).ConfigureAwait(false);
        var secure = await offered.First(s => s.ProtocolId == agreed).ListenAsync(channel, input, cancellationToken).ConfigureAwait(false);
        if (secure.Muxer is null)
        {
            var lookahead = new SecureLookahead(secure);
            await MultistreamSelect.ListenAsync(lookahead, Muxers.Contains, cancellationToken).ConfigureAwait(false);
            secure = lookahead;
        }
        return Muxed(secure, dialer: false, options, time, agreed);
    }

    private static UpgradedConnection Muxed(ISecureChannel secure, bool dialer, YamuxOptions options, TimeProvider time, string security)
    {
        var peer = PeerId.FromPublicKey(secure.RemoteKey);
        return new UpgradedConnection(new YamuxConnection(secure, dialer, options with { Budget = options.Budget?.Of(peer) }, time), peer, security);
    }
}
