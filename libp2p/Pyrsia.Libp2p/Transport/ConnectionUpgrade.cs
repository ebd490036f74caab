namespace Pyrsia.Libp2p;

/// <summary>From raw bytes to streams: noise, then yamux, agreed in the noise payload or, with peers that do not know that, by multistream-select.</summary>
internal static class ConnectionUpgrade
{
    private static readonly string[] Muxers = [YamuxConnection.ProtocolId];

    public static async Task<(YamuxConnection Connection, PeerId Peer)> DialAsync(
        IByteChannel channel, NoiseStatic noise, PeerId? expected, YamuxOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        ISecureChannel secure = await NoiseUpgrade.DialAsync(channel, noise, expected, cancellationToken).ConfigureAwait(false);
        if (secure.Muxer is null)
        {
            var lookahead = new SecureLookahead(secure);
            await MultistreamSelect.DialAsync(lookahead, Muxers, cancellationToken).ConfigureAwait(false);
            secure = lookahead;
        }
        return (new YamuxConnection(secure, dialer: true, options, time), PeerId.FromPublicKey(secure.RemoteKey));
    }

    public static async Task<(YamuxConnection Connection, PeerId Peer)> ListenAsync(
        IByteChannel channel, NoiseStatic noise, YamuxOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        ISecureChannel secure = await NoiseUpgrade.ListenAsync(channel, noise, cancellationToken).ConfigureAwait(false);
        if (secure.Muxer is null)
        {
            var lookahead = new SecureLookahead(secure);
            await MultistreamSelect.ListenAsync(lookahead, Muxers.Contains, cancellationToken).ConfigureAwait(false);
            secure = lookahead;
        }
        return (new YamuxConnection(secure, dialer: false, options, time), PeerId.FromPublicKey(secure.RemoteKey));
    }
}
