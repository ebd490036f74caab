using System.Threading.Channels;

namespace Pyrsia.Libp2p;

/// <summary>Driver of a <see cref="YamuxSession"/>: one task reads the secure channel; whoever has something to send writes it, unless somebody writes already and takes it along.
/// Neither side ever waits for the other or for a stream's reader, so that one slow stream holds up nobody: its window is full, the rest goes on.</summary>
internal sealed partial class YamuxConnection : IMuxedConnection
{
    /// <summary>Protocol id.</summary>
    public const string ProtocolId = "/yamux/1.0.0";

    /// <summary>Plaintext gathered for one send, in bytes: four noise messages. More would make a ping wait, less costs system calls.</summary>
    private const int BatchLength = 4 * NoiseChannel.MaxPlaintext - YamuxOptions.MaxFrame - YamuxHeader.Size;

    /// <summary>How long a closing session may take to send what is queued.</summary>
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(1);

    private readonly ISecureChannel channel;
    private readonly YamuxSession session;
    private readonly ITrafficMeter? traffic;
    private readonly TimeProvider time;
    private readonly Lock gate = new();
    private readonly Queue<YamuxStream> ready = new();
    private readonly Dictionary<uint, PendingPing> pings = [];
    private readonly Channel<IMuxedStream> accepted = Channel.CreateUnbounded<IMuxedStream>();
    private readonly SemaphoreSlim openings = new(YamuxOptions.MaxUnacknowledged);
    private readonly CancellationTokenSource stopped = new();
    private readonly TaskCompletionSource drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource written = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long started;
    private Exception? failure;
    private bool closing;
    private Task reading = Task.CompletedTask;
    private Task running = Task.CompletedTask;

    public YamuxConnection(ISecureChannel channel, bool dialer, YamuxOptions options, TimeProvider time)
    {
        this.channel = channel;
        this.time = time;
        traffic = options.Traffic;
        session = new YamuxSession(dialer, options);
        started = time.GetTimestamp();
        LastReceived = Now;
    }

    /// <summary>Time of this connection's clock.</summary>
    public TimeSpan Now => time.GetElapsedTime(started);

    /// <summary>When bytes last arrived, on the clock of <see cref="Now"/>.</summary>
    public TimeSpan LastReceived { get; private set; }

    /// <summary>Last measured round trip, zero before the first.</summary>
    public TimeSpan RoundTrip { get; set; }

    /// <summary>Streams that the peer opened.</summary>
    public ChannelReader<IMuxedStream> Accepted => accepted.Reader;

    /// <summary>Ends when the connection is over; never fails.</summary>
    public Task Completion => running;

    /// <summary>Why the connection ended, null while it lives.</summary>
    public Exception? Failure => Volatile.Read(ref failure);

    public bool IsOpen
    {
        get
        {
            lock (gate) return Failure is null && !session.Closing;
        }
    }

    /// <summary>Streams open now.</summary>
    public int StreamCount
    {
        get
        {
            lock (gate) return session.Streams.Count;
        }
    }

    /// <summary>What waits: streams and frames to be sent, pings to be answered, openings to be acknowledged.</summary>
    public int QueueLength
    {
        get
        {
            lock (gate) return ready.Count + pings.Count + session.ControlLength + YamuxOptions.MaxUnacknowledged - openings.CurrentCount;
        }
    }

    /// <summary>Begins to read and to write.</summary>
    public void Start()
    {
        reading = Task.Run(ReadLoopAsync);
        running = Task.WhenAll(reading, written.Task);
        _ = WriteAsync();
    }

    /// <summary>Opens a stream, of which the peer learns with the first bytes that are written; waits while the peer owes 256 acknowledgements.</summary>
    public async ValueTask<IMuxedStream> OpenAsync(CancellationToken cancellationToken)
    {
        if (!openings.Wait(0, CancellationToken.None)) await WaitForOpeningAsync(cancellationToken).ConfigureAwait(false);
        YamuxStream stream;
        lock (gate)
        {
            if (Failure is not null || session.TryOpen() is not { } state)
            {
                openings.Release();
                throw Closed();
            }
            stream = new YamuxStream(this, state);
            state.Driver = stream;
        }
        return stream;
    }

    /// <summary>Asks for a sign of life and does not wait for it; the answer sets <see cref="RoundTrip"/>. A question that is on its way does as well.</summary>
    public bool TryPing()
    {
        lock (gate)
        {
            if (Failure is not null || pings.Count > 0) return true;
            pings.Add(session.Ping(), new PendingPing(null, Now));
        }
        Wake();
        return true;
    }

    /// <summary>Measures a round trip at the session's own level.</summary>
    public async Task<TimeSpan> PingAsync(CancellationToken cancellationToken)
    {
        var answer = new TaskCompletionSource<TimeSpan>(TaskCreationOptions.RunContinuationsAsynchronously);
        uint value;
        lock (gate)
        {
            if (Failure is not null) throw Closed();
            value = session.Ping();
            pings.Add(value, new PendingPing(answer, Now));
        }
        Wake();
        try
        {
            return await answer.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            lock (gate) pings.Remove(value);
        }
    }

    /// <summary>Sends what is queued and a go-away, then closes.</summary>
    public async Task CloseAsync()
    {
        lock (gate)
        {
            if (!closing && Failure is null) Leave();
            closing = true;
        }
        Wake();
        try
        {
            await drained.Task.WaitAsync(CloseTimeout, time).ConfigureAwait(false);
            // The peer ends its side when it has read to the end. What it sends to a closed socket would have its machine throw away what it has not read.
            if (channel.TryEndSending()) await reading.WaitAsync(CloseTimeout, time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The peer reads nothing; it loses what was queued.
        }
        Abort(ClosedHere());
        await running.ConfigureAwait(false);
    }

    /// <summary>Cuts the connection; every stream fails with <paramref name="reason"/>.</summary>
    public void Abort(Exception reason)
    {
        if (Interlocked.CompareExchange(ref failure, reason, null) is not null) return;
        stopped.Cancel();
        channel.Abort();
        Wake();
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        await channel.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>The go-away leaves before all data that waits, and no stream waits any longer with its end. Called under the lock.</summary>
    private void Leave()
    {
        foreach (var stream in session.Streams.Select(state => state.Driver).OfType<YamuxStream>())
        {
            if (stream.EndsLater) Enqueue(stream);
            if (stream.Queued) session.Introduce(stream.State);
        }
        session.GoAway(YamuxGoAway.Normal);
    }

    internal ConnectionClosedException Closed() => new("The connection to the peer is closed.", Failure);

    private static ConnectionClosedException ClosedHere() => new("The connection was closed by this side.");

    private async ValueTask WaitForOpeningAsync(CancellationToken cancellationToken)
    {
        // What is to be acknowledged may not have been sent: streams whose first bytes wait for company.
        lock (gate)
        {
            foreach (var state in session.Streams)
                if (!state.Announced && state.Driver is { } stream) Enqueue(stream);
        }
        Wake();
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stopped.Token);
        try
        {
            await openings.WaitAsync(linked.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stopped.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw Closed();
        }
    }

    private readonly record struct PendingPing(TaskCompletionSource<TimeSpan>? Answer, TimeSpan SentAt);
}
