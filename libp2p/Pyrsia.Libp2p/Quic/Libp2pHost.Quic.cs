using System.Net;
using System.Net.Quic;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Pyrsia.Libp2p;

/// <summary>QUIC, where the platform has it.</summary>
public sealed partial class Libp2pHost
{
    private readonly QuicTransport? quic;

    /// <summary>Why this host neither listens on QUIC addresses nor dials them; null when it does.</summary>
    public string? QuicMissing => options.PrivateNetwork is not null ? "a private network has no QUIC" : QuicPlatform.Missing;

    private TransportUnavailableException NoQuic() => new($"QUIC is not to be had: {QuicMissing}.");

    private async Task ListenQuicAsync(IPEndPoint endPoint, CancellationToken cancellationToken)
    {
        if (QuicMissing is not null || !QuicPlatform.IsAvailable) throw NoQuic();
        QuicListener listener;
        var handshakes = new QuicHandshakes();
        try
        {
            listener = await quic!.ListenAsync(endPoint, handshakes, AdmitQuic, cancellationToken).ConfigureAwait(false);
        }
        catch (QuicException e)
        {
            throw new TransportUnavailableException($"QUIC does not listen there: {e.Message}", e);
        }
        lock (gate) listeners.Add((new QuicListening(listener), Multiaddr.FromQuicEndPoint(listener.LocalEndPoint)));
        Spawn("listening", ct => AcceptQuicAsync(listener, handshakes, ct));
        PushIdentify();
        Listened?.Invoke(this, EventArgs.Empty);
    }

    /// <summary>Takes a place for a handshake that begins with the caller's first packet, see <see cref="Admit(Multiaddr)"/>.</summary>
    internal Reservation? AdmitQuic(IPEndPoint caller)
    {
        var address = Multiaddr.FromQuicEndPoint(caller);
        return Refusal(gate => gate.RefuseCaller(address)) is null ? resources.TryHandshake(NetworkPrefix.Of(address, PrefixScale.Site), ResourceKind.QuicHandshakes) : null;
    }

    private async Task AcceptQuicAsync(QuicListener listener, QuicHandshakes handshakes, CancellationToken cancellationToken)
    {
        using var places = handshakes;
        while (QuicPlatform.IsAvailable && !cancellationToken.IsCancellationRequested)
        {
            QuicConnection connection;
            try
            {
                connection = await listener.AcceptConnectionAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is ObjectDisposedException or OperationCanceledException || disposed != 0)
            {
                return;
            }
            catch (Exception e) when (e is QuicException or AuthenticationException or Libp2pException)
            {
                if (QuicPlatform.IsAvailable) handshakes.EndFailed();
                // A caller that was not admitted is counted as that.
                if (e.InnerException is not PeerRefusedException) Survives("an inbound handshake", e);
                continue;
            }
            await AdoptAsync(connection).ConfigureAwait(false);
            handshakes.End(connection);
        }
    }

    private async Task AdoptAsync(QuicConnection connection)
    {
        if (!QuicPlatform.IsAvailable) return;
        try
        {
            Adopt(new PeerConnection(quic!.Upgraded(connection), Multiaddr.FromQuicEndPoint(connection.RemoteEndPoint), true, options.Heartbeat));
        }
        catch (Libp2pException e)
        {
            Survives("an inbound handshake", e);
            await connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    private Task<UpgradedConnection> HandshakeQuicAsync(DialTarget target, CancellationToken cancellationToken) =>
        QuicPlatform.IsAvailable ? quic!.DialAsync(target.EndPoint!, target.Expected, cancellationToken) : Task.FromException<UpgradedConnection>(NoQuic());

    private async Task<PeerConnection> DialQuicAsync(DialTarget target, CancellationToken cancellationToken)
    {
        var upgraded = await metrics.HandshakeAsync(dialer: true, () => HandshakeQuicAsync(target, cancellationToken)).ConfigureAwait(false);
        return new PeerConnection(upgraded, target.Address, false, options.Heartbeat);
    }

    /// <summary>Asks a peer for a sign of life where only a stream can do that. An answer of any kind is one, and silence is the failure detector's.</summary>
    private async Task AskOnStreamAsync(PeerConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            // Beside those of the program, which it is not to wait for.
            connection.Muxed.RoundTrip = await NewPinger(connection).PingAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // Told by the detector, or heard as a refusal.
        }
    }
}
