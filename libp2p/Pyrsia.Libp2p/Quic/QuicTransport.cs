using System.Diagnostics;
using System.Net;
using System.Net.Quic;
using System.Net.Security;
using System.Runtime.Versioning;

namespace Pyrsia.Libp2p;

/// <summary>Connections by QUIC, whose TLS handshake proves both peer ids as <c>/tls/1.0.0</c> does, with ALPN <c>libp2p</c>.
/// Deviation: no hole is punched over it. https://github.com/libp2p/specs/blob/master/quic/README.md</summary>
[SupportedOSPlatform("linux")]
[SupportedOSPlatform("macos")]
[SupportedOSPlatform("windows")]
internal sealed class QuicTransport(KeyPair identity, ResourceLimits limits, HeartbeatOptions heartbeat, TimeSpan handshakeTimeout, ITrafficMeter traffic, TimeProvider time) : IDisposable
{
    /// <summary>Code of a connection or stream that ends as it is meant to.</summary>
    internal const long NoError = 0;

    /// <summary>Code of a connection or stream that is cut.</summary>
    internal const long Cut = 1;

    /// <summary>Connection's window, in bytes, which is what a peer can have this host hold: as much as a stream of yamux may grow to, 168 MB/s at 100 ms of round trip, and all that one stream gets.</summary>
    private const int ConnectionWindow = 16 * 1024 * 1024;

    /// <summary>A stream's window at first, in bytes. The platform doubles it, up to the connection's, when a quarter of it is read within a round trip, so that a long path begins at 42 MB/s and 100 ms and is not held there;
    /// and four streams that nobody reads are as many as a connection takes before all wait.</summary>
    private const int StreamWindow = ConnectionWindow / 4;

    /// <summary>Callers that the platform holds for each handshake that is allowed. It lets go of one that is refused three seconds later: with room for no more than the allowed ones a single network would fill it with its refused ones,
    /// and the platform would never hold so many that it has callers prove where they are, which it does when they take a thousandth of the memory.</summary>
    private const int BacklogPerHandshake = 16;

    private readonly TlsIdentity tls = new(identity, [], time);

    /// <summary>Begins to listen.</summary>
    /// <param name="endPoint">Where.</param>
    /// <param name="handshakes">Told of handshakes that begin.</param>
    /// <param name="admit">Takes a caller's place, which its handshake holds; null when there is none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public ValueTask<QuicListener> ListenAsync(IPEndPoint endPoint, QuicHandshakes handshakes, Func<IPEndPoint, Reservation?> admit, CancellationToken cancellationToken) => QuicListener.ListenAsync(
        new QuicListenerOptions
        {
            ListenEndPoint = endPoint,
            ListenBacklog = (int)Math.Min(int.MaxValue, (long)limits.MaxHandshakes * BacklogPerHandshake),
            ApplicationProtocols = [new SslApplicationProtocol(TlsIdentity.NoMuxer)],
            ConnectionOptionsCallback = (connection, _, _) =>
            {
                if (admit(connection.RemoteEndPoint) is not { } place)
                    return ValueTask.FromException<QuicServerConnectionOptions>(new PeerRefusedException("The host takes no further connection at this moment."));
                handshakes.Begin(connection, place);
                return ValueTask.FromResult(ServerOptions());
            },
        },
        cancellationToken);

    /// <summary>Connects, and proves that the peer is the one that is expected.</summary>
    public Task<UpgradedConnection> DialAsync(IPEndPoint endPoint, PeerId? expected, CancellationToken cancellationToken) =>
        HostTraces.HandshakeAsync(ActivityKind.Client, Multiaddr.FromQuicEndPoint(endPoint), () => HandshakeAsync(endPoint, expected, cancellationToken));

    private async Task<UpgradedConnection> HandshakeAsync(IPEndPoint endPoint, PeerId? expected, CancellationToken cancellationToken)
    {
        var check = tls.Check(countsOwn: true, expected);
        var options = new QuicClientConnectionOptions { RemoteEndPoint = endPoint, ClientAuthenticationOptions = tls.DialOptions(check) };
        try
        {
            return Upgraded(await QuicConnection.ConnectAsync(WithLimits(options), cancellationToken).ConfigureAwait(false));
        }
        catch (Exception e) when (e is QuicException or System.Security.Authentication.AuthenticationException)
        {
            throw check.Failure ?? (Exception)new ConnectionClosedException($"{endPoint} does not answer as a libp2p peer over QUIC: {e.Message}", e);
        }
    }

    /// <summary>The connection of a handshake that is done.</summary>
    public UpgradedConnection Upgraded(QuicConnection connection)
    {
        if (connection.RemoteCertificate is not { } certificate || TlsCertificate.Verify(certificate.GetRawCertData(), time.GetUtcNow(), out var key) != TlsCertificateFault.None || key is null)
            throw new HandshakeException("The peer proved no key.");
        return new UpgradedConnection(new QuicMuxedConnection(connection, traffic, time), PeerId.FromPublicKey(key), TlsUpgrade.ProtocolId);
    }

    public void Dispose() => tls.Dispose();

    private QuicServerConnectionOptions ServerOptions() => WithLimits(new QuicServerConnectionOptions { ServerAuthenticationOptions = tls.ListenOptions(tls.Check(countsOwn: true, null)) });

    private T WithLimits<T>(T options)
        where T : QuicConnectionOptions
    {
        options.DefaultStreamErrorCode = Cut;
        options.DefaultCloseErrorCode = NoError;
        options.HandshakeTimeout = handshakeTimeout;
        options.MaxInboundBidirectionalStreams = limits.MaxInboundStreamsPerConnection;
        options.MaxInboundUnidirectionalStreams = 0;
        // The host notices a dead peer before; this is for what it does not see.
        options.IdleTimeout = heartbeat.DeadAfter * 2;
        options.InitialReceiveWindowSizes = new QuicReceiveWindowSizes { Connection = ConnectionWindow, LocallyInitiatedBidirectionalStream = StreamWindow, RemotelyInitiatedBidirectionalStream = StreamWindow };
        return options;
    }
}
