using System.Collections.Concurrent;
using System.Net.Quic;
using System.Runtime.Versioning;
using System.Security.Authentication;
using System.Threading.Channels;

namespace Pyrsia.Libp2p;

/// <summary>A QUIC connection as the host uses it. QUIC's own signs of life are not to be seen from here: what streams bring counts.</summary>
[SupportedOSPlatform("linux")]
[SupportedOSPlatform("macos")]
[SupportedOSPlatform("windows")]
internal sealed class QuicMuxedConnection : IMuxedConnection
{
    /// <summary>How long a closing connection may take to send what is queued.</summary>
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(1);

    private readonly QuicConnection connection;
    private readonly ITrafficMeter traffic;
    private readonly TimeProvider time;
    private readonly long started;
    private readonly ConcurrentDictionary<QuicMuxedStream, byte> streams = [];
    private readonly Channel<IMuxedStream> accepted = Channel.CreateUnbounded<IMuxedStream>();
    private readonly CancellationTokenSource stopped = new();
    private Exception? failure;

    public QuicMuxedConnection(QuicConnection connection, ITrafficMeter traffic, TimeProvider time)
    {
        this.traffic = traffic;
        this.connection = connection;
        this.time = time;
        started = time.GetTimestamp();
        LastReceived = Now;
    }

    public TimeSpan Now => time.GetElapsedTime(started);

    public TimeSpan LastReceived { get; private set; }

    public TimeSpan RoundTrip { get; set; }

    public ChannelReader<IMuxedStream> Accepted => accepted.Reader;

    public Task Completion { get; private set; } = Task.CompletedTask;

    public Exception? Failure => Volatile.Read(ref failure);

    public bool IsOpen => Failure is null;

    public int StreamCount => streams.Count;

    public int QueueLength => 0;

    public void Start() => Completion = Task.Run(AcceptAsync);

    public async ValueTask<IMuxedStream> OpenAsync(CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stopped.Token);
        try
        {
            return Track(await connection.OpenOutboundStreamAsync(QuicStreamType.Bidirectional, either.Token).ConfigureAwait(false), opened: true);
        }
        catch (Exception e) when (e is QuicException or AuthenticationException or ObjectDisposedException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw Closed(e);
        }
    }

    public bool TryPing() => false;

    public async Task CloseAsync()
    {
        try
        {
            await Task.WhenAll(streams.Keys.Select(stream => stream.DrainedAsync())).WaitAsync(CloseTimeout, time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The peer reads nothing; it loses what was queued.
        }
        End(new ConnectionClosedException("The connection was closed by this side."), QuicTransport.NoError);
        await Completion.ConfigureAwait(false);
    }

    public void Abort(Exception reason) => End(reason, QuicTransport.Cut);

    public async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        await connection.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Something arrived.</summary>
    internal void Heard(int bytes)
    {
        LastReceived = Now;
        traffic.Received(bytes);
    }

    /// <summary>Something left.</summary>
    internal void Said(long bytes) => traffic.Sent(bytes);

    /// <summary>A stream is over.</summary>
    internal void Forget(QuicMuxedStream stream) => streams.TryRemove(stream, out _);

    /// <summary>Waits for a time of this connection's clock, or until it ends.</summary>
    internal Task RestAsync(TimeSpan delay) => Task.Delay(delay, time, stopped.Token);

    internal ConnectionClosedException Closed(Exception? cause) => new("The connection to the peer is closed.", Failure ?? cause);

    /// <summary>What befell a stream, in the words of this library.</summary>
    internal Exception Translate(Exception failed) => failed switch
    {
        QuicException { QuicError: QuicError.StreamAborted } => new StreamResetException("The stream was reset by the peer.", failed),
        QuicException { QuicError: QuicError.OperationAborted } when Failure is null => new StreamResetException("The stream was reset by this side.", failed),
        Libp2pException => failed,
        _ => Closed(failed),
    };

    private QuicMuxedStream Track(QuicStream stream, bool opened)
    {
        var tracked = new QuicMuxedStream(this, stream, opened);
        streams.TryAdd(tracked, 0);
        tracked.Start();
        return tracked;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var stream = await connection.AcceptInboundStreamAsync(stopped.Token).ConfigureAwait(false);
                Heard(0);
                accepted.Writer.TryWrite(Track(stream, opened: false));
            }
        }
        catch (Exception e) when (e is QuicException or AuthenticationException or OperationCanceledException or ObjectDisposedException)
        {
            Abort(new ConnectionClosedException(e switch
            {
                QuicException { QuicError: QuicError.ConnectionIdle } => "The peer was silent for too long.",
                AuthenticationException => "The peer refused the handshake.", // it looks at the certificate when this side has finished
                _ => "The peer closed the connection.",
            }, e));
        }
        finally
        {
            accepted.Writer.TryComplete();
        }
    }

    private void End(Exception reason, long code)
    {
        if (Interlocked.CompareExchange(ref failure, reason, null) is not null) return;
        stopped.Cancel();
        _ = CloseAsync(code);
    }

    private async Task CloseAsync(long code)
    {
        try
        {
            await connection.CloseAsync(code).ConfigureAwait(false);
        }
        catch (Exception e) when (e is QuicException or ObjectDisposedException)
        {
            // It is closed.
        }
    }
}
