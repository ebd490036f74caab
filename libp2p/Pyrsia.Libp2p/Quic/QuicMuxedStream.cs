using System.Buffers;
using System.IO.Pipelines;
using System.Net.Quic;
using System.Runtime.Versioning;
using System.Security.Authentication;

namespace Pyrsia.Libp2p;

/// <summary>A QUIC stream as the host uses it. Two tasks stand between it and the application, as a call of the platform's that is cancelled would end the stream.</summary>
[SupportedOSPlatform("linux")]
[SupportedOSPlatform("macos")]
[SupportedOSPlatform("windows")]
internal sealed class QuicMuxedStream(QuicMuxedConnection connection, QuicStream stream) : IMuxedStream
{
    /// <summary>Bytes that wait here for the reader, or for the network, before the other side waits.</summary>
    private const int BufferLimit = 256 * 1024;

    /// <summary>Largest block that one write is cut into, and that one read asks for.</summary>
    private const int BlockLength = 64 * 1024;

    /// <summary>Smallest block of a stream's buffers, in bytes: most streams carry one short message.</summary>
    private const int SegmentLength = 4096;

    /// <summary>How long a peer may take to finish a stream that this side has left.</summary>
    private static readonly TimeSpan LingerTimeout = TimeSpan.FromSeconds(10);

    private static readonly PipeOptions Buffered = new(pauseWriterThreshold: BufferLimit, resumeWriterThreshold: BufferLimit / 2, minimumSegmentSize: SegmentLength, useSynchronizationContext: false);

    private readonly Pipe input = new(Buffered);
    private readonly Pipe output = new(Buffered);
    private readonly TaskCompletionSource finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock gate = new();
    private ReadOnlySequence<byte> shown;
    private Task over = Task.CompletedTask;
    private TaskCompletionSource? drained;
    private long unsent;
    private volatile bool peerFinished;
    private volatile bool discarding;
    private volatile bool resetHere;
    private int outputClosed;

    public bool HasPeerFinished => peerFinished || resetHere;

    /// <summary>Begins to read and to write.</summary>
    public void Start() => over = Task.Run(RunAsync);

    public void Acknowledge()
    {
        // QUIC does.
    }

    public async ValueTask<int> ReadAsync(Memory<byte> into, CancellationToken cancellationToken)
    {
        if (into.IsEmpty) return 0;
        var result = await ReadPipeAsync(cancellationToken).ConfigureAwait(false);
        var count = (int)Math.Min(result.Buffer.Length, into.Length);
        result.Buffer.Slice(0, count).CopyTo(into.Span);
        input.Reader.AdvanceTo(result.Buffer.GetPosition(count));
        return count;
    }

    public async ValueTask<ReadOnlySequence<byte>> PeekAsync(int moreThan, CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await ReadPipeAsync(cancellationToken).ConfigureAwait(false);
            shown = result.Buffer;
            if (shown.Length > moreThan) return shown;
            input.Reader.AdvanceTo(shown.Start, shown.End);
            if (result.IsCompleted) throw new EndOfStreamException("The peer ended the stream.");
        }
    }

    public void Consume(int count) => input.Reader.AdvanceTo(shown.GetPosition(count));

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (!bytes.IsEmpty)
        {
            if (resetHere || Volatile.Read(ref outputClosed) != 0) throw new StreamResetException("The stream is closed for writing.");
            var n = Math.Min(bytes.Length, BlockLength);
            bytes[..n].CopyTo(output.Writer.GetMemory(n));
            output.Writer.Advance(n);
            Interlocked.Add(ref unsent, n);
            var result = await output.Writer.FlushAsync(cancellationToken).ConfigureAwait(false);
            if (result.IsCompleted) throw new StreamResetException("The stream is closed for writing.");
            bytes = bytes[n..];
        }
    }

    public async ValueTask CloseWriteAsync(CancellationToken cancellationToken)
    {
        CompleteOutput();
        await finished.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public void CompleteOutput()
    {
        if (Interlocked.Exchange(ref outputClosed, 1) == 0) output.Writer.Complete();
    }

    public void Reset()
    {
        resetHere = true;
        Abort(QuicAbortDirection.Both);
        CompleteOutput();
        input.Reader.CancelPendingRead();
        input.Writer.CancelPendingFlush();
    }

    public void Discard()
    {
        discarding = true;
        input.Reader.Complete();
    }

    public void ResetLater() => _ = ResetLaterAsync();

    /// <summary>Ends when the peer has all that was written. What its machine has got it may lose with the connection: of a stream that this side has left, when it has finished too.</summary>
    internal Task DrainedAsync()
    {
        if (Volatile.Read(ref outputClosed) != 0) return over;
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
        try
        {
            while (await stream.ReadAsync(input.Writer.GetMemory(SegmentLength), CancellationToken.None).ConfigureAwait(false) is > 0 and var n)
            {
                connection.Heard();
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
                output.Reader.AdvanceTo(result.Buffer.End);
                if (Interlocked.Read(ref unsent) == 0) Drained();
            }
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

    private async ValueTask<ReadResult> ReadPipeAsync(CancellationToken cancellationToken)
    {
        if (resetHere) throw new StreamResetException("The stream was reset by this side.");
        var result = await input.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (!result.IsCanceled) return result;
        input.Reader.AdvanceTo(result.Buffer.Start);
        throw new StreamResetException("The stream was reset by this side.");
    }
}
