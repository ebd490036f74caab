using System.Buffers.Binary;
using System.Threading.Channels;

namespace Pyrsia.Libp2p;

/// <summary>Perf: measures what a connection carries. The client sends eight bytes that say how much it wants back, uploads, and ends its side; then the server sends that much.
/// Limits: a host serves nothing of it unless it is told to, and then one measurement after the other, as two at once measure neither.
/// https://github.com/libp2p/specs/blob/master/perf/perf.md</summary>
public static class PerfProtocol
{
    /// <summary>Protocol id.</summary>
    public const string Id = "/perf/1.0.0";

    /// <summary>Bytes that are written and read at once.</summary>
    private const int BlockLength = 64 * 1024;

    /// <summary>Measurements that wait for their turn, with the one that runs.</summary>
    private const int MaxWaiting = 16;

    /// <summary>Of one peer: one may begin while the end of the one before is still on its way.</summary>
    private const int MaxWaitingOfPeer = 4;

    private const int HeadLength = sizeof(ulong);

    /// <summary>Serves measurements. Whoever is connected can then have this host send without end: not for hosts that strangers reach.</summary>
    public static void Serve(Libp2pHost host)
    {
        ArgumentNullException.ThrowIfNull(host);
        // Full while a measurement runs.
        var turn = Channel.CreateBounded<bool>(1);
        host.Handle(Id, async (stream, ct) =>
        {
            await turn.Writer.WriteAsync(true, ct).ConfigureAwait(false);
            try
            {
                await ServeAsync(stream, ct).ConfigureAwait(false);
            }
            finally
            {
                turn.Reader.TryRead(out _);
            }
        }, new ProtocolLimits { MaxStreams = MaxWaiting, MaxStreamsPerPeer = MaxWaitingOfPeer });
    }

    /// <summary>Uploads, then downloads, over one new stream.</summary>
    /// <param name="host">The host that measures.</param>
    /// <param name="peer">A peer that serves it.</param>
    /// <param name="uploadBytes">How much to send.</param>
    /// <param name="downloadBytes">How much to have sent.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The time from before the stream was opened until the last byte was here.</returns>
    /// <exception cref="PeerProtocolException">The peer sent another number of bytes.</exception>
    public static async Task<TimeSpan> MeasureAsync(Libp2pHost host, PeerId peer, ulong uploadBytes, ulong downloadBytes, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(host);
        var start = host.Time.GetTimestamp();
        var stream = await host.OpenStreamAsync(peer, Id, cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            var head = new byte[HeadLength];
            BinaryPrimitives.WriteUInt64BigEndian(head, downloadBytes);
            await stream.WriteAsync(head, cancellationToken).ConfigureAwait(false);
            await SendAsync(stream, uploadBytes, cancellationToken).ConfigureAwait(false);
            var received = await DrainAsync(stream, cancellationToken).ConfigureAwait(false);
            return received == downloadBytes ? host.Time.GetElapsedTime(start) : throw new PeerProtocolException($"The peer sent {received} bytes where {downloadBytes} were asked for.");
        }
    }

    private static async Task ServeAsync(Libp2pStream stream, CancellationToken cancellationToken)
    {
        var head = new byte[HeadLength];
        await stream.ReadExactlyAsync(head, cancellationToken).ConfigureAwait(false);
        await DrainAsync(stream, cancellationToken).ConfigureAwait(false);
        await SendAsync(stream, BinaryPrimitives.ReadUInt64BigEndian(head), cancellationToken).ConfigureAwait(false);
    }

    private static async Task SendAsync(Libp2pStream stream, ulong bytes, CancellationToken cancellationToken)
    {
        var block = new byte[BlockLength];
        for (var left = bytes; left > 0;)
        {
            var n = (int)Math.Min(left, BlockLength);
            await stream.WriteAsync(block.AsMemory(0, n), cancellationToken).ConfigureAwait(false);
            left -= (ulong)n;
        }
        await stream.CloseWriteAsync(cancellationToken).ConfigureAwait(false);
    }

    private static async Task<ulong> DrainAsync(Libp2pStream stream, CancellationToken cancellationToken)
    {
        var block = new byte[BlockLength];
        ulong sum = 0;
        for (int n; (n = await stream.ReadAsync(block, cancellationToken).ConfigureAwait(false)) > 0;) sum += (ulong)n;
        return sum;
    }
}
