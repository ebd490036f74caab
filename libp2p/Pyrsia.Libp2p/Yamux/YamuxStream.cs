using System.IO.Pipelines;

namespace Pyrsia.Libp2p;

/// <summary>One stream of a connection. The application holds the reading end of the input and the writing end of the output;
/// whoever reads and writes the connection holds the others.</summary>
internal sealed class YamuxStream : PipedStream
{
    /// <summary>Bytes that a writer may be ahead of the network before it waits.</summary>
    private const int OutputLimit = 256 * 1024;

    /// <summary>Smallest block of a stream's buffers, in bytes: most streams carry one short message.</summary>
    private const int SegmentLength = 1024;

    /// <summary>The window bounds the input, so its pipe needs no limit of its own.</summary>
    private static readonly PipeOptions InputOptions =
        new(pauseWriterThreshold: 0, resumeWriterThreshold: 0, minimumSegmentSize: SegmentLength, useSynchronizationContext: false);

    private static readonly PipeOptions OutputOptions =
        new(pauseWriterThreshold: OutputLimit, resumeWriterThreshold: OutputLimit / 2, minimumSegmentSize: SegmentLength, useSynchronizationContext: false);

    private readonly YamuxConnection connection;
    private bool inputEnded;
    private int holdsOpening;

    public YamuxStream(YamuxConnection connection, YamuxStreamState state) : base(InputOptions, OutputOptions)
    {
        this.connection = connection;
        State = state;
        holdsOpening = state.Inbound ? 0 : 1;
    }

    public YamuxStreamState State { get; }

    /// <summary>Waits in the connection's queue; guarded by its lock.</summary>
    internal bool Queued { get; set; }

    /// <summary>All was sent but the end, which waits for the peer to acknowledge the stream; guarded by the connection's lock.</summary>
    internal bool EndsLater { get; set; }

    internal PipeReader Output => output.Reader;

    internal bool OutputDone { get; private set; }

    /// <summary>Both sides have finished.</summary>
    public bool IsDone => State.Reset || (State.LocalFinished && State.RemoteFinished);

    public override bool HasPeerFinished => State.Reset || State.RemoteFinished;

    public override void Acknowledge() => connection.Acknowledge(this);

    public override void GrowFrom(IWindowBudget budget) => connection.GrowFrom(this, budget);

    /// <summary>Ends both directions at once; bytes in flight are lost.</summary>
    public override void Reset()
    {
        resetHere = true;
        discarding = true;
        connection.Reset(this);
        input.Reader.CancelPendingRead();
    }

    /// <summary>Gives a peer that has not finished a grace period to do so, then resets the stream: it must not stay open for ever.</summary>
    public override void ResetLater() => connection.ResetLater(this);

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

    protected override void OnConsumed(int count) => connection.Consumed(this, count);

    protected override void OnOutput() => connection.Ready(this);
}
