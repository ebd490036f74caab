namespace Pyrsia.Libp2p;

/// <summary>One stream of a connection.</summary>
internal interface IMuxedStream : ILookahead
{
    /// <summary>The peer has finished, or the stream was reset.</summary>
    bool HasPeerFinished { get; }

    /// <summary>Tells the peer, where it waits for that, that its stream is taken.</summary>
    void Acknowledge();

    /// <summary>Has the receive window, where this side sets it, grow from this memory besides.</summary>
    void GrowFrom(IWindowBudget budget);

    /// <summary>Writes a few bytes that need no packet of their own: they leave with what is written next, with the end, or when a read has to wait. Not to be called while something is written.</summary>
    void Hold(ReadOnlySpan<byte> bytes);

    /// <summary>Sends what is held.</summary>
    void Release();

    /// <summary>Reads at least one byte; 0 when the peer finished.</summary>
    ValueTask<int> ReadAsync(Memory<byte> into, CancellationToken cancellationToken);

    /// <summary>Half-closes; ends when everything written before was handed to the network.</summary>
    ValueTask CloseWriteAsync(CancellationToken cancellationToken);

    /// <summary>Half-closes without waiting.</summary>
    void CompleteOutput();

    /// <summary>Ends both directions at once; bytes in flight are lost.</summary>
    void Reset();

    /// <summary>The reader is gone: what still arrives is dropped.</summary>
    void Discard();

    /// <summary>Gives a peer that has not finished a grace period to do so, then resets the stream: it must not stay open for ever.</summary>
    void ResetLater();
}
