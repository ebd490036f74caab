using System.Buffers;
using System.IO.Pipelines;

namespace Pyrsia.Libp2p;

/// <summary>A stream between two pipes: the application holds the reading end of the input and the writing end of the output, the connection the others.</summary>
internal abstract class PipedStream(PipeOptions inputOptions, PipeOptions outputOptions) : IMuxedStream
{
    /// <summary>Largest block that one write is cut into.</summary>
    protected const int WriteLength = 64 * 1024;

    protected readonly Pipe input = new(inputOptions);
    protected readonly Pipe output = new(outputOptions);
    protected readonly TaskCompletionSource finished = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What still arrives is dropped.</summary>
    protected volatile bool discarding;

    /// <summary>This side ended both directions.</summary>
    protected volatile bool resetHere;

    private ReadOnlySequence<byte> shown;
    private volatile bool holding;
    private int outputClosed;

    public abstract bool HasPeerFinished { get; }

    /// <summary>Nothing more will be written.</summary>
    protected bool IsOutputClosed => Volatile.Read(ref outputClosed) != 0;

    public abstract void Acknowledge();

    /// <summary>Nothing where windows are not set by this side.</summary>
    public virtual void GrowFrom(IWindowBudget budget)
    {
    }

    public abstract void Reset();

    public abstract void ResetLater();

    public void Hold(ReadOnlySpan<byte> bytes)
    {
        holding = true;
        output.Writer.Write(bytes);
        OnWriting(bytes.Length);
        try
        {
            // Few bytes never wait.
            var flush = output.Writer.FlushAsync();
            if (flush.IsCompletedSuccessfully) _ = flush.Result;
        }
        catch (IOException)
        {
            // The connection has ended. What came before can be read all the same, and what comes next says so.
        }
    }

    public void Release()
    {
        if (!holding) return;
        holding = false;
        OnOutput();
    }

    public async ValueTask<int> ReadAsync(Memory<byte> into, CancellationToken cancellationToken)
    {
        if (into.IsEmpty) return 0;
        var result = await ReadPipeAsync(cancellationToken).ConfigureAwait(false);
        var buffer = result.Buffer;
        var count = (int)Math.Min(buffer.Length, into.Length);
        buffer.Slice(0, count).CopyTo(into.Span);
        input.Reader.AdvanceTo(buffer.GetPosition(count));
        if (count > 0) OnConsumed(count);
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
        if (count > 0) OnConsumed(count);
    }

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (!bytes.IsEmpty)
        {
            if (resetHere || IsOutputClosed) throw new StreamResetException("The stream is closed for writing.");
            var n = Math.Min(bytes.Length, WriteLength);
            bytes[..n].CopyTo(output.Writer.GetMemory(n));
            output.Writer.Advance(n);
            OnWriting(n);
            var flushing = output.Writer.FlushAsync(cancellationToken);
            holding = false;
            OnOutput();
            var result = await flushing.ConfigureAwait(false);
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
        if (Interlocked.Exchange(ref outputClosed, 1) != 0) return;
        output.Writer.Complete();
        holding = false;
        OnOutput();
    }

    public void Discard()
    {
        discarding = true;
        input.Reader.Complete();
    }

    /// <summary>The application took bytes of the input.</summary>
    protected virtual void OnConsumed(int count)
    {
    }

    /// <summary>Bytes go into the output, and are not to be seen at its other end yet.</summary>
    protected virtual void OnWriting(int count)
    {
    }

    /// <summary>The output has something for its other end: bytes, or the end.</summary>
    protected virtual void OnOutput()
    {
    }

    private async ValueTask<ReadResult> ReadPipeAsync(CancellationToken cancellationToken)
    {
        if (resetHere) throw new StreamResetException("The stream was reset by this side.");
        if (!holding || cancellationToken.IsCancellationRequested || !input.Reader.TryRead(out var result))
        {
            Release();
            result = await input.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        if (!result.IsCanceled) return result;
        input.Reader.AdvanceTo(result.Buffer.Start);
        throw new StreamResetException("The stream was reset by this side.");
    }
}
