using System.Security.Cryptography;
using System.Threading.Channels;

namespace Pyrsia.Libp2p;

/// <summary>The pings of one connection: one is under way at a time, on one stream, which those that wait use one after the other and the last one closes. Peers serve two streams of the protocol at most.
/// https://github.com/libp2p/specs/blob/master/ping/ping.md</summary>
/// <param name="open">Opens a stream that speaks the protocol.</param>
/// <param name="time">Measures.</param>
internal sealed class Pinger(Func<CancellationToken, Task<Libp2pStream>> open, TimeProvider time)
{
    /// <summary>Length of a ping, in bytes.</summary>
    public const int Length = 32;

    /// <summary>Full while somebody has the turn.</summary>
    private readonly Channel<bool> turn = Channel.CreateBounded<bool>(1);
    private Libp2pStream? stream;
    private int callers;

    /// <summary>Measures one round trip.</summary>
    public async Task<TimeSpan> PingAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref callers);
        try
        {
            await turn.Writer.WriteAsync(true, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Whoever had the turn may have left the stream to this caller.
            if (Interlocked.Decrement(ref callers) == 0)
            {
                await turn.Writer.WriteAsync(true, CancellationToken.None).ConfigureAwait(false);
                await LeaveAsync().ConfigureAwait(false);
            }
            throw;
        }
        try
        {
            stream ??= await open(cancellationToken).ConfigureAwait(false);
            return await PingOnceAsync(stream, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            // What was sent may still be answered, and would be taken for the answer to the next one.
            if (stream is { } failed)
            {
                stream = null;
                failed.Reset();
                await failed.DisposeAsync().ConfigureAwait(false);
            }
            throw;
        }
        finally
        {
            Interlocked.Decrement(ref callers);
            await LeaveAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask LeaveAsync()
    {
        if (Volatile.Read(ref callers) == 0 && stream is { } left)
        {
            stream = null;
            await left.DisposeAsync().ConfigureAwait(false);
        }
        turn.Reader.TryRead(out _);
    }

    private async Task<TimeSpan> PingOnceAsync(Libp2pStream on, CancellationToken cancellationToken)
    {
        var sent = RandomNumberGenerator.GetBytes(Length);
        var received = new byte[Length];
        var start = time.GetTimestamp();
        await on.WriteAsync(sent, cancellationToken).ConfigureAwait(false);
        await on.ReadExactlyAsync(received, cancellationToken).ConfigureAwait(false);
        if (!received.AsSpan().SequenceEqual(sent)) throw new PeerProtocolException("The peer answered a ping with other bytes.");
        return time.GetElapsedTime(start);
    }
}
