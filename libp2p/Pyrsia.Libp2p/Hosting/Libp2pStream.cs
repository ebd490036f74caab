using System.Buffers;

namespace Pyrsia.Libp2p;

/// <summary>An ordered, flow-controlled byte stream to a peer that speaks one protocol. One reader and one writer at a time.
/// Deadlines are cancellation tokens; a cancelled call leaves the stream usable, <see cref="Reset"/> ends it.</summary>
public sealed class Libp2pStream : IAsyncDisposable
{
    /// <summary>Bytes that are allocated on the word of a length prefix alone.</summary>
    private const int FirstAllocation = 64 * 1024;

    private readonly IMuxedStream stream;
    private readonly Action? onDisposed;
    private volatile Proposal? proposal;
    private bool ended;
    private int disposed;

    internal Libp2pStream(IMuxedStream stream, PeerId remotePeer, Multiaddr remoteAddress, string protocol, Proposal? proposal, Action? onDisposed)
    {
        this.stream = stream;
        this.proposal = proposal;
        this.onDisposed = onDisposed;
        RemotePeer = remotePeer;
        RemoteAddress = remoteAddress;
        Protocol = protocol;
    }

    /// <summary>The authenticated peer at the other end.</summary>
    public PeerId RemotePeer { get; }

    /// <summary>Its end of the connection.</summary>
    public Multiaddr RemoteAddress { get; }

    /// <summary>The protocol that is spoken: served by the peer when something was read, or <see cref="ConfirmAsync"/> has ended.</summary>
    public string Protocol { get; }

    /// <summary>Waits until the peer has said that it serves the protocol; the first read does so else. Counts as a read.</summary>
    /// <exception cref="ProtocolNotSupportedException">It does not.</exception>
    /// <exception cref="TimeoutException">It says nothing within <see cref="Libp2pHostOptions.NegotiationTimeout"/>.</exception>
    /// <exception cref="StreamResetException">The stream was reset.</exception>
    /// <exception cref="ConnectionClosedException">The connection ended.</exception>
    public async ValueTask ConfirmAsync(CancellationToken cancellationToken)
    {
        if (proposal is not { } open) return;
        await open.ConfirmAsync(cancellationToken).ConfigureAwait(false);
        proposal = null;
    }

    /// <summary>Reads at least one byte; 0 when the peer finished. On a stream that this side opened the first read fails as <see cref="ConfirmAsync"/> does.</summary>
    /// <exception cref="StreamResetException">The stream was reset.</exception>
    /// <exception cref="ConnectionClosedException">The connection ended.</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> into, CancellationToken cancellationToken)
    {
        if (proposal is not null) await ConfirmAsync(cancellationToken).ConfigureAwait(false);
        var n = await stream.ReadAsync(into, cancellationToken).ConfigureAwait(false);
        ended |= n == 0 && !into.IsEmpty;
        return n;
    }

    /// <summary>Fills the buffer.</summary>
    /// <exception cref="EndOfStreamException">The peer finished before.</exception>
    public async ValueTask ReadExactlyAsync(Memory<byte> into, CancellationToken cancellationToken)
    {
        while (!into.IsEmpty)
        {
            var n = await ReadAsync(into, cancellationToken).ConfigureAwait(false);
            if (n == 0) throw new EndOfStreamException("The peer ended the stream inside a message.");
            into = into[n..];
        }
    }

    /// <summary>Writes; waits while the peer's window is full and the stream's buffer with it. Says nothing of whether the peer serves the protocol, until a read has found out that it does not.</summary>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        proposal?.ThrowIfFailed();
        return stream.WriteAsync(bytes, cancellationToken);
    }

    /// <summary>Half-closes: the peer sees the end after everything written before. Reading goes on. Ends when all of it was handed to the network; the end is when the peer has taken the stream.</summary>
    public ValueTask CloseWriteAsync(CancellationToken cancellationToken) => stream.CloseWriteAsync(cancellationToken);

    /// <summary>Ends both directions at once; bytes in flight are lost and the peer sees a reset.</summary>
    public void Reset() => stream.Reset();

    /// <summary>Reads one message with a uvarint length before it.</summary>
    /// <param name="maxBytes">Longest message that is accepted; checked before memory is taken.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The message, or null when the peer finished between messages.</returns>
    /// <exception cref="PeerProtocolException">The message is longer, or its length malformed.</exception>
    public async ValueTask<byte[]?> ReadMessageAsync(int maxBytes, CancellationToken cancellationToken)
    {
        if (proposal is not null) await ConfirmAsync(cancellationToken).ConfigureAwait(false);
        ulong length;
        for (var seen = 0; ;)
        {
            ReadOnlySequence<byte> shown;
            try
            {
                shown = await stream.PeekAsync(seen, cancellationToken).ConfigureAwait(false);
            }
            catch (EndOfStreamException) when (seen == 0)
            {
                ended = true;
                return null;
            }
            var head = shown.Slice(0, Math.Min(shown.Length, Uvarint.MaxLength)).ToArray();
            var status = Uvarint.Read(head, out length, out var consumed);
            stream.Consume(consumed);
            if (status == OperationStatus.Done) break;
            if (status == OperationStatus.InvalidData) throw new PeerProtocolException("The peer sent a malformed length.");
            seen = head.Length;
        }
        if (length > (ulong)maxBytes) throw new PeerProtocolException($"The peer announced a message of {length} bytes; {maxBytes} are allowed.");
        // The length is within the limit, but it is only a claim: memory follows the bytes that really arrive.
        var message = new byte[Math.Min((int)length, FirstAllocation)];
        for (var filled = 0; filled < (int)length;)
        {
            if (filled == message.Length) Array.Resize(ref message, (int)Math.Min(length, (ulong)message.Length * 2));
            var n = await ReadAsync(message.AsMemory(filled), cancellationToken).ConfigureAwait(false);
            if (n == 0) throw new EndOfStreamException("The peer ended the stream inside a message.");
            filled += n;
        }
        return message;
    }

    /// <summary>Writes one message with a uvarint length before it.</summary>
    public async ValueTask WriteMessageAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        var framed = ArrayPool<byte>.Shared.Rent(message.Length + 10);
        try
        {
            var n = Uvarint.Write(framed, (ulong)message.Length);
            message.CopyTo(framed.AsMemory(n));
            await WriteAsync(framed.AsMemory(0, n + message.Length), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(framed);
        }
    }

    /// <summary>Half-closes when that was not done, and drops what the peer still sends; a peer that does not finish is reset.</summary>
    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) != 0) return ValueTask.CompletedTask;
        onDisposed?.Invoke();
        stream.CompleteOutput();
        stream.Discard();
        if (!ended && !stream.HasPeerFinished) stream.ResetLater();
        return ValueTask.CompletedTask;
    }

    /// <summary>Half-closes without waiting for the network.</summary>
    internal void CompleteWrite() => stream.CompleteOutput();
}
