using System.IO.Pipelines;
using System.Net.Quic;
using System.Runtime.Versioning;
using System.Security.Authentication;

namespace Pyrsia.Libp2p;

/// <summary>A QUIC stream as the host uses it. Two tasks stand between it and the application, as a call of the platform's that is cancelled would end the stream.</summary>
/// <param name="connection">Its connection.</param>
/// <param name="stream">The platform's stream.</param>
/// <param name="opened">By this side.</param>
[SupportedOSPlatform("linux")]
[SupportedOSPlatform("macos")]
[SupportedOSPlatform("windows")]
internal sealed class QuicMuxedStream(QuicMuxedConnection connection, QuicStream stream, bool opened) : PipedStream(Buffered, Buffered)
{
    /// <summary>Bytes that wait here for the reader, or for the network, before the other side waits.</summary>
    private const int BufferLimit = 256 * 1024;

    /// <summary>Smallest block of a stream's buffers, in bytes: most streams carry one short message.</summary>
    private const int SegmentLength = 4096;

    /// <summary>How long a peer may take to finish a stream that this side has left.</summary>
    private static readonly TimeSpan LingerTimeout = TimeSpan.FromSeconds(10);

    /// <summary>How long an end that this side has reached waits behind the answer to its proposal when the peer says nothing more. js-libp2p does not tell a handler of an end that came before it, and over QUIC its handler
    /// comes after its answer has left: some milliseconds, which are more than a round trip of a local network.</summary>
    private static readonly TimeSpan HandlerTime = TimeSpan.FromMilliseconds(20);

    private static readonly PipeOptions Buffered = new(pauseWriterThreshold: BufferLimit, resumeWriterThreshold: BufferLimit / 2, minimumSegmentSize: SegmentLength, useSynchronizationContext: false);

    private readonly Lock gate = new();

    /// <summary>When the peer answered the proposal of a protocol, on the connection's clock, or that it never will.</summary>
    private readonly TaskCompletionSource<TimeSpan> answered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The peer said something behind that answer, or never will.</summary>
    private readonly TaskCompletionSource spoke = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Task over = Task.CompletedTask;
    private TaskCompletionSource? drained;
    private long unsent;
    private volatile bool peerFinished;

    public override bool HasPeerFinished => peerFinished || resetHere;

    /// <summary>Begins to read and to write.</summary>
    public void Start() => over = Task.Run(RunAsync);

    public override void Acknowledge()
    {
        // QUIC does.
    }

    public override void Reset()
    {
        resetHere = true;
        Abort(QuicAbortDirection.Both);
        CompleteOutput();
        input.Reader.CancelPendingRead();
        input.Writer.CancelPendingFlush();
    }

    public override void ResetLater() => _ = ResetLaterAsync();

    /// <summary>Ends when the peer has all that was written. What its machine has got it may lose with the connection: of a stream that this side has left, when it has finished too.</summary>
    internal Task DrainedAsync()
    {
        if (IsOutputClosed) return over;
        lock (gate) return Interlocked.Read(ref unsent) == 0 ? Task.CompletedTask : (drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
    }

    private async Task RunAsync()
    {
        await Task.WhenAll(ReceiveAsync(), SendAsync()).ConfigureAwait(false);
        connection.Forget(this);
        await stream.DisposeAsync().ConfigureAwait(false);
    }

    private async Task ReceiveAsync()
    {
        Exception? reason = null;
        long received = 0;
        try
        {
            while (await stream.ReadAsync(input.Writer.GetMemory(SegmentLength), CancellationToken.None).ConfigureAwait(false) is > 0 and var n)
            {
                connection.Heard(n);
                received += n;
                if (received > MultistreamMessage.HeaderLength && !answered.TrySetResult(connection.Now)) spoke.TrySetResult();
                if (discarding || resetHere) continue;
                input.Writer.Advance(n);
                await input.Writer.FlushAsync().ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is QuicException or AuthenticationException or OperationCanceledException or ObjectDisposedException)
        {
            reason = connection.Translate(e);
        }
        peerFinished = true;
        answered.TrySetResult(TimeSpan.Zero);
        spoke.TrySetResult();
        await input.Writer.CompleteAsync(reason).ConfigureAwait(false);
    }

    private async Task SendAsync()
    {
        Exception? reason = null;
        try
        {
            while (await output.Reader.ReadAsync().ConfigureAwait(false) is var result && !(result.IsCompleted && result.Buffer.IsEmpty))
            {
                foreach (var block in result.Buffer) await stream.WriteAsync(block, CancellationToken.None).ConfigureAwait(false);
                Interlocked.Add(ref unsent, -result.Buffer.Length);
                connection.Said(result.Buffer.Length);
                output.Reader.AdvanceTo(result.Buffer.End);
                if (Interlocked.Read(ref unsent) == 0) Drained();
            }
            if (opened && await answered.Task.ConfigureAwait(false) + HandlerTime - connection.Now is var wait && wait > TimeSpan.Zero) await Task.WhenAny(spoke.Task, connection.RestAsync(wait)).ConfigureAwait(false);
            if (!resetHere) stream.CompleteWrites();
        }
        catch (Exception e) when (e is QuicException or AuthenticationException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            reason = connection.Translate(e);
        }
        await output.Reader.CompleteAsync(reason).ConfigureAwait(false);
        Interlocked.Exchange(ref unsent, 0);
        Drained();
        if (reason is null) finished.TrySetResult();
        else finished.TrySetException(reason);
        _ = finished.Task.Exception;
    }

    private void Drained()
    {
        lock (gate)
        {
            drained?.TrySetResult();
            drained = null;
        }
    }

    private async Task ResetLaterAsync()
    {
        try
        {
            await connection.RestAsync(LingerTimeout).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The connection ends, and its streams with it.
        }
        if (!HasPeerFinished) Abort(QuicAbortDirection.Read);
    }

    private void Abort(QuicAbortDirection direction)
    {
        try
        {
            stream.Abort(direction, QuicTransport.Cut);
        }
        catch (ObjectDisposedException)
        {
            // It is over.
        }
    }

    protected override void OnWriting(int count) => Interlocked.Add(ref unsent, count);
}
