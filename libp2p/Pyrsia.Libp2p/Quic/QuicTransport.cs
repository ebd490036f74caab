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
internal sealed class QuicTransport(KeyPair identity, ResourceLimits limits, HeartbeatOptions heartbeat, TimeProvider time) : IDisposable
{
    /// <summary>Code of a connection or stream that ends as it is meant to.</summary>
    internal const long NoError = 0;

    /// <summary>Code of a connection or stream that is cut.</summary>
    internal const long Cut = 1;

    /// <summary>Connection's window, in bytes: as in yamux two streams at full speed may have their windows full. A stream's begins at a quarter of it, since QUIC's windows here do not grow.</summary>
    private const int ConnectionWindow = 16 * 1024 * 1024;

    private const int StreamWindow = ConnectionWindow / 4;

    private readonly TlsIdentity tls = new(identity, [], time);

    /// <summary>Begins to listen.</summary>
    /// <param name="endPoint">Where.</param>
    /// <param name="admits">Whether a caller's handshake may go on.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public ValueTask<QuicListener> ListenAsync(IPEndPoint endPoint, Func<IPEndPoint, bool> admits, CancellationToken cancellationToken) => QuicListener.ListenAsync(
        new QuicListenerOptions
        {
            ListenEndPoint = endPoint,
            ListenBacklog = limits.MaxHandshakes,
            ApplicationProtocols = [new SslApplicationProtocol(TlsIdentity.NoMuxer)],
            ConnectionOptionsCallback = (connection, _, _) => admits(connection.RemoteEndPoint)
                ? ValueTask.FromResult(ServerOptions())
                : ValueTask.FromException<QuicServerConnectionOptions>(new PeerRefusedException("The host takes no further connection at this moment.")),
        },
        cancellationToken);

    /// <summary>Connects, and proves that the peer is the one that is expected.</summary>
    public async Task<UpgradedConnection> DialAsync(IPEndPoint endPoint, PeerId? expected, CancellationToken cancellationToken)
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
        return new UpgradedConnection(new QuicMuxedConnection(connection, time), PeerId.FromPublicKey(key), TlsUpgrade.ProtocolId);
    }

    public void Dispose() => tls.Dispose();

    private QuicServerConnectionOptions ServerOptions() => WithLimits(new QuicServerConnectionOptions { ServerAuthenticationOptions = tls.ListenOptions(tls.Check(countsOwn: true, null)) });

    private T WithLimits<T>(T options)
        where T : QuicConnectionOptions
    {
        options.DefaultStreamErrorCode = Cut;
        options.DefaultCloseErrorCode = NoError;
        options.MaxInboundBidirectionalStreams = limits.MaxInboundStreamsPerConnection;
        options.MaxInboundUnidirectionalStreams = 0;
        // The host notices a dead peer before; this is for what it does not see.
        options.IdleTimeout = heartbeat.DeadAfter * 2;
        options.InitialReceiveWindowSizes = new QuicReceiveWindowSizes { Connection = ConnectionWindow, LocallyInitiatedBidirectionalStream = StreamWindow, RemotelyInitiatedBidirectionalStream = StreamWindow };
        return options;
    }
}
