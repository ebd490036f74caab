using System.Net.Quic;
using System.Runtime.Versioning;

namespace Pyrsia.Libp2p;

/// <summary>Callers of one listener whose handshake is under way, with the places they hold. Thread-safe.
/// The platform hands a connection out when its handshake is done; of one that fails it tells the reason alone, when it has disposed of the connection, and so those are looked for.</summary>
[SupportedOSPlatform("linux")]
[SupportedOSPlatform("macos")]
[SupportedOSPlatform("windows")]
internal sealed class QuicHandshakes : IDisposable
{
    private static readonly CancellationToken AtOnce = new(canceled: true);

    private readonly Dictionary<QuicConnection, Reservation> places = [];
    private readonly Lock gate = new();
    private bool disposed;

    /// <summary>A handshake begins.</summary>
    /// <param name="connection">The caller's connection.</param>
    /// <param name="place">Its place, which is given back when the handshake has ended.</param>
    public void Begin(QuicConnection connection, Reservation place)
    {
        lock (gate)
        {
            if (disposed) place.Dispose();
            else places.Add(connection, place);
        }
    }

    /// <summary>A handshake is done.</summary>
    public void End(QuicConnection connection)
    {
        lock (gate)
            if (places.Remove(connection, out var place)) place.Dispose();
    }

    /// <summary>A handshake failed: gives back the places of connections that are no more. To ask one takes some 4 us, and there are as many as handshakes are allowed.</summary>
    public void EndFailed()
    {
        lock (gate)
        {
            foreach (var (connection, place) in places)
            {
                if (!IsDisposed(connection)) continue;
                places.Remove(connection);
                place.Dispose();
            }
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            disposed = true;
            foreach (var place in places.Values) place.Dispose();
            places.Clear();
        }
    }

    /// <summary>A question that is given up before it is asked fails in one way when the connection is there and in another when it is not.</summary>
    private static bool IsDisposed(QuicConnection connection) =>
        connection.AcceptInboundStreamAsync(AtOnce).AsTask().Exception?.InnerException is ObjectDisposedException;
}
