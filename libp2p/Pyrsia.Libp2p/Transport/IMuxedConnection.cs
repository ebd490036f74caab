using System.Threading.Channels;

namespace Pyrsia.Libp2p;

/// <summary>A connection that carries streams: yamux over a secure channel, or QUIC.</summary>
internal interface IMuxedConnection : IAsyncDisposable
{
    /// <summary>Time of this connection's clock.</summary>
    TimeSpan Now { get; }

    /// <summary>When bytes last arrived, on the clock of <see cref="Now"/>.</summary>
    TimeSpan LastReceived { get; }

    /// <summary>Last measured round trip, zero before the first.</summary>
    TimeSpan RoundTrip { get; set; }

    /// <summary>Streams that the peer opened.</summary>
    ChannelReader<IMuxedStream> Accepted { get; }

    /// <summary>Ends when the connection is over; never fails.</summary>
    Task Completion { get; }

    /// <summary>Why the connection ended, null while it lives.</summary>
    Exception? Failure { get; }

    /// <summary>Streams can be opened: the connection stands, and neither side has said that it leaves.</summary>
    bool IsOpen { get; }

    /// <summary>Streams open now.</summary>
    int StreamCount { get; }

    /// <summary>What waits to be sent or to be answered.</summary>
    int QueueLength { get; }

    /// <summary>Begins to read and to write.</summary>
    void Start();

    /// <summary>Opens a stream, of which the peer learns with the first bytes that are written; waits while the peer lets no further one be opened.</summary>
    ValueTask<IMuxedStream> OpenAsync(CancellationToken cancellationToken);

    /// <summary>Asks for a sign of life and does not wait for it; the answer sets <see cref="RoundTrip"/>. False when only a stream can do that.</summary>
    bool TryPing();

    /// <summary>Sends what is queued, then closes.</summary>
    Task CloseAsync();

    /// <summary>Cuts the connection; every stream fails with <paramref name="reason"/>.</summary>
    void Abort(Exception reason);
}
