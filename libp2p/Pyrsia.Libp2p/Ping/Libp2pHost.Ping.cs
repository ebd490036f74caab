namespace Pyrsia.Libp2p;

/// <summary>Ping: 32 random bytes that come back; served, and sent when the program asks for it. Heartbeats are the muxer's pings.
/// https://github.com/libp2p/specs/blob/master/ping/ping.md</summary>
public sealed partial class Libp2pHost
{
    internal const string PingProtocolId = "/ipfs/ping/1.0.0";
    private const int MaxPingStreams = 2;

    /// <summary>Measures one round trip with the ping protocol. Over one connection one ping is under way at a time; others wait for it.</summary>
    public async Task<TimeSpan> PingAsync(PeerId peer, CancellationToken cancellationToken = default)
    {
        var connection = await ConnectionToAsync(peer, Reach.Any, cancellationToken).ConfigureAwait(false);
        return connection.Muxed.RoundTrip = await PingerOf(connection).PingAsync(cancellationToken).ConfigureAwait(false);
    }

    private Pinger PingerOf(PeerConnection connection)
    {
        lock (gate) return connection.Pinger ??= NewPinger(connection);
    }

    private Pinger NewPinger(PeerConnection connection) => new(ct => OpenAsync(connection, PingProtocolId, counted: false, ct), time);

    private void ServePing() => handlers[PingProtocolId] = new ProtocolHandler(EchoPingsAsync, new ProtocolLimits
    {
        MaxStreams = int.MaxValue,
        MaxStreamsPerPeer = MaxPingStreams * options.Limits.MaxConnectionsPerPeer,
        AllowLimited = true,
    });

    private static async Task EchoPingsAsync(Libp2pStream stream, CancellationToken cancellationToken)
    {
        var payload = new byte[Pinger.Length];
        while (true)
        {
            var n = await stream.ReadAsync(payload, cancellationToken).ConfigureAwait(false);
            if (n == 0) return;
            await stream.ReadExactlyAsync(payload.AsMemory(n), cancellationToken).ConfigureAwait(false);
            await stream.WriteAsync(payload, cancellationToken).ConfigureAwait(false);
        }
    }
}
