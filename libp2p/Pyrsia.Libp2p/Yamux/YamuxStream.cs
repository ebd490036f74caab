using System.Buffers;
using System.IO.Pipelines;

namespace Pyrsia.Libp2p;

/// <summary>One stream of a connection. The application holds the reading end of the input and the writing end of the output;
/// whoever reads and writes the connection holds the others.</summary>
internal sealed class YamuxStream : IMuxedStream
{
    /// <summary>Bytes that a writer may be ahead of the network before it waits.</summary>
    private const int OutputLimit = 256 * 1024;

    /// <summary>Smallest block of a stream's buffers, in bytes: most streams carry one short message.</summary>
    private const int SegmentLength = 1024;

    /// <summary>Largest block that one write is cut into.</summary>
    private const int WriteLength = 64 * 1024;

    /// <summary>The window bounds the input, so its pipe needs no limit of its own.</summary>
    private static readonly PipeOptions InputOptions =
        new(pauseWriterThreshold: 0, resumeWriterThreshold: 0, minimumSegmentSize: SegmentLength, useSynchronizationContext: false);

    private static readonly PipeOptions OutputOptions =
        new(pauseWriterThreshold: OutputLimit, resumeWriterThreshold: OutputLimit / 2, minimumSegmentSize: SegmentLength, useSynchronizationContext: false);

    private readonly YamuxConnection connection;
    private readonly Pipe input = new(InputOptions);
    private readonly Pipe output = new(OutputOptions);
    private readonly TaskCompletionSource finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ReadOnlySequence<byte> shown;
    private bool inputEnded;
    private volatile bool discarding;
    private volatile bool resetHere;
    private int holdsOpening;
    private int outputClosed;

    public YamuxStream(YamuxConnection connection, YamuxStreamState state)
    {
        this.connection = connection;
        State = state;
        holdsOpening = state.Inbound ? 0 : 1;
    }

    public YamuxStreamState State { get; }

    /// <summary>Waits in the connection's queue; guarded by its lock.</summary>
    internal bool Queued { get; set; }

    internal PipeReader Output => output.Reader;

    internal bool OutputDone { get; private set; }

    /// <summary>Both sides have finished.</summary>
    public bool IsDone => State.Reset || (State.LocalFinished && State.RemoteFinished);

    public bool HasPeerFinished => State.Reset || State.RemoteFinished;

    public void Acknowledge() => connection.Acknowledge(this);

    public async ValueTask<int> ReadAsync(Memory<byte> into, CancellationToken cancellationToken)
    {
        if (into.IsEmpty) return 0;
        var result = await ReadPipeAsync(cancellationToken).ConfigureAwait(false);
        var buffer = result.Buffer;
        var count = (int)Math.Min(buffer.Length, into.Length);
        buffer.Slice(0, count).CopyTo(into.Span);
        input.Reader.AdvanceTo(buffer.GetPosition(count));
        if (count > 0) connection.Consumed(this, count);
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

    public void Consume(int count)
    {
        input.Reader.AdvanceTo(shown.GetPosition(count));
        if (count > 0) connection.Consumed(this, count);
    }

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (!bytes.IsEmpty)
        {
            if (resetHere || Volatile.Read(ref outputClosed) != 0) throw new StreamResetException("The stream is closed for writing.");
            var n = Math.Min(bytes.Length, WriteLength);
            bytes[..n].CopyTo(output.Writer.GetMemory(n));
            output.Writer.Advance(n);
            var flushing = output.Writer.FlushAsync(cancellationToken);
            connection.Ready(this);
            var result = await flushing.ConfigureAwait(false);
            if (result.IsCompleted) throw new StreamResetException("The stream is closed for writing.");
            bytes = bytes[n..];
        }
    }

    /// <summary>Half-closes; ends when everything written before was handed to the network.</summary>
    public async ValueTask CloseWriteAsync(CancellationToken cancellationToken)
    {
        CompleteOutput();
        await finished.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Half-closes without waiting.</summary>
    public void CompleteOutput()
    {
        if (Interlocked.Exchange(ref outputClosed, 1) != 0) return;
        output.Writer.Complete();
        connection.Ready(this);
    }

    /// <summary>Ends both directions at once; bytes in flight are lost.</summary>
    public void Reset()
    {
        resetHere = true;
        discarding = true;
        connection.Reset(this);
        input.Reader.CancelPendingRead();
    }

    /// <summary>The reader is gone: what still arrives is dropped.</summary>
    public void Discard()
    {
        discarding = true;
        input.Reader.Complete();
    }

    /// <summary>Gives a peer that has not finished a grace period to do so, then resets the stream: it must not stay open for ever.</summary>
    public void ResetLater() => connection.ResetLater(this);

    internal bool TakeOpening() => Interlocked.Exchange(ref holdsOpening, 0) == 1;

    /// <summary>Called by who reads the connection.</summary>
    internal void Deliver(ReadOnlySpan<byte> bytes)
    {
        if (inputEnded || discarding) return;
        bytes.CopyTo(input.Writer.GetSpan(bytes.Length));
        input.Writer.Advance(bytes.Length);
        var flush = input.Writer.FlushAsync();
        if (flush.IsCompletedSuccessfully) _ = flush.Result;
    }

    /// <summary>Called by who reads the connection: nothing more comes.</summary>
    internal void EndOfInput(Exception? reason)
    {
        if (inputEnded) return;
        inputEnded = true;
        input.Writer.Complete(reason);
    }

    /// <summary>Called by who writes the connection: nothing more goes.</summary>
    internal void EndOutput(Exception? reason)
    {
        if (OutputDone) return;
        OutputDone = true;
        output.Reader.Complete(reason);
        if (reason is null)
        {
            finished.TrySetResult();
            return;
        }
        finished.TrySetException(reason);
        _ = finished.Task.Exception;
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
