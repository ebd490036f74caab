using System.Security.Cryptography;

namespace Pyrsia.Libp2p;

/// <summary>Ping: 32 random bytes that come back; served, and sent when the program asks for it. Heartbeats are the muxer's pings.
/// https://github.com/libp2p/specs/blob/master/ping/ping.md</summary>
public sealed partial class Libp2pHost
{
    internal const string PingProtocolId = "/ipfs/ping/1.0.0";
    private const int PingLength = 32;
    private const int MaxPingStreams = 2;

    /// <summary>Measures one round trip with the ping protocol on a stream of its own.</summary>
    public async Task<TimeSpan> PingAsync(PeerId peer, CancellationToken cancellationToken = default)
    {
        var connection = await ConnectionToAsync(peer, Reach.Any, cancellationToken).ConfigureAwait(false);
        await using var stream = await OpenAsync(connection, PingProtocolId, counted: false, cancellationToken).ConfigureAwait(false);
        return await PingOnceAsync(connection, stream, cancellationToken).ConfigureAwait(false);
    }

    private void ServePing() => handlers[PingProtocolId] = new ProtocolHandler(EchoPingsAsync, new ProtocolLimits
    {
        MaxStreams = int.MaxValue,
        MaxStreamsPerPeer = MaxPingStreams * options.Limits.MaxConnectionsPerPeer,
        AllowLimited = true,
    });

    private static async Task EchoPingsAsync(Libp2pStream stream, CancellationToken cancellationToken)
    {
        var payload = new byte[PingLength];
        while (true)
        {
            var n = await stream.ReadAsync(payload, cancellationToken).ConfigureAwait(false);
            if (n == 0) return;
            await stream.ReadExactlyAsync(payload.AsMemory(n), cancellationToken).ConfigureAwait(false);
            await stream.WriteAsync(payload, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<TimeSpan> PingOnceAsync(PeerConnection connection, Libp2pStream stream, CancellationToken cancellationToken)
    {
        var sent = RandomNumberGenerator.GetBytes(PingLength);
        var received = new byte[PingLength];
        var start = time.GetTimestamp();
        await stream.WriteAsync(sent, cancellationToken).ConfigureAwait(false);
        await stream.ReadExactlyAsync(received, cancellationToken).ConfigureAwait(false);
        if (!received.AsSpan().SequenceEqual(sent)) throw new PeerProtocolException("The peer answered a ping with other bytes.");
        var roundTrip = time.GetElapsedTime(start);
        connection.Muxed.RoundTrip = roundTrip;
        return roundTrip;
    }
}
