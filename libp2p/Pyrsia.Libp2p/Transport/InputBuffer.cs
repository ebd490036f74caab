using System.Buffers;

namespace Pyrsia.Libp2p;

/// <summary>Receive buffer of one connection: small while it is quiet, large while it carries bulk.</summary>
internal sealed class InputBuffer(IByteChannel channel) : ILookahead, IDisposable
{
    /// <summary>Bytes held for a quiet connection.</summary>
    private const int MinCapacity = 4 * 1024;

    /// <summary>Bytes held under load: four noise frames, so that one system call feeds several decryptions.</summary>
    private const int MaxCapacity = 256 * 1024;

    /// <summary>Small receives in a row after which a large buffer is given back.</summary>
    private const int QuietReceives = 32;

    private byte[] buffer = ArrayPool<byte>.Shared.Rent(MinCapacity);
    private int start;
    private int end;
    private int quiet;
    private bool full;

    public int Count => end - start;

    /// <summary>What was received and not consumed.</summary>
    public Memory<byte> Buffered => buffer.AsMemory(start, Count);

    public void Consume(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Count);
        start += count;
        if (start == end) start = end = 0;
    }

    /// <summary>Receives until <paramref name="count"/> bytes are buffered; false when the other side ended with none buffered.</summary>
    public async ValueTask<bool> FillAsync(int count, CancellationToken cancellationToken)
    {
        while (Count < count)
        {
            Resize(count);
            var free = buffer.Length - end;
            var n = await channel.ReceiveAsync(buffer.AsMemory(end), cancellationToken).ConfigureAwait(false);
            if (n == 0) return Count == 0 ? false : throw new EndOfStreamException("The connection ended inside a message.");
            end += n;
            quiet = n < MinCapacity ? quiet + 1 : 0;
            full = n == free;
        }
        return true;
    }

    public async ValueTask<ReadOnlySequence<byte>> PeekAsync(int moreThan, CancellationToken cancellationToken)
    {
        if (!await FillAsync(moreThan + 1, cancellationToken).ConfigureAwait(false)) throw new EndOfStreamException("The connection ended.");
        return new ReadOnlySequence<byte>(Buffered);
    }

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => channel.SendAsync(bytes, cancellationToken);

    public void Dispose()
    {
        var returned = Interlocked.Exchange(ref buffer, []);
        if (returned.Length > 0) ArrayPool<byte>.Shared.Return(returned);
    }

    private void Resize(int count)
    {
        var wanted = buffer.Length;
        if (count > wanted) wanted = Math.Max(count, Math.Min(wanted * 2, MaxCapacity));
        else if (full && wanted < MaxCapacity) wanted *= 4;
        else if (Count == 0 && quiet > QuietReceives && wanted > 2 * MinCapacity) wanted = MinCapacity;
        wanted = Math.Max(wanted, count);
        full = false;
        if (wanted != buffer.Length)
        {
            var next = ArrayPool<byte>.Shared.Rent(Math.Min(wanted, Math.Max(MaxCapacity, count)));
            Buffered.CopyTo(next);
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = next;
        }
        else if (start > 0)
        {
            Buffered.CopyTo(buffer);
        }
        end -= start;
        start = 0;
    }
}
