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
        try
        {
            listener = await quic!.ListenAsync(endPoint, AdmitsQuic, cancellationToken).ConfigureAwait(false);
        }
        catch (QuicException e)
        {
            throw new TransportUnavailableException($"QUIC does not listen there: {e.Message}", e);
        }
        lock (gate) listeners.Add((new QuicListening(listener), Multiaddr.FromQuicEndPoint(listener.LocalEndPoint)));
        Spawn("listening", ct => AcceptQuicAsync(listener, ct));
        PushIdentify();
        Listened?.Invoke(this, EventArgs.Empty);
    }

    /// <summary>Handshakes under way are bounded by the listener; the gate and the caller's network are asked here.</summary>
    private bool AdmitsQuic(IPEndPoint caller)
    {
        using var handshake = Admit(Multiaddr.FromQuicEndPoint(caller));
        return handshake is not null;
    }

    private async Task AcceptQuicAsync(QuicListener listener, CancellationToken cancellationToken)
    {
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
                Survives("an inbound handshake", e);
                continue;
            }
            await AdoptAsync(connection).ConfigureAwait(false);
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

    private async Task<PeerConnection> DialQuicAsync(DialTarget target, CancellationToken cancellationToken)
    {
        if (!QuicPlatform.IsAvailable) throw NoQuic();
        var upgraded = await quic!.DialAsync(target.EndPoint!, target.Expected, cancellationToken).ConfigureAwait(false);
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
