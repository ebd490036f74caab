using Pyrsia.Content.Exchange;
using Pyrsia.Content.Store;
using Pyrsia.Libp2p;

namespace Pyrsia.Testing.Content;

/// <summary>The answering end of an exchange stream whose peer misbehaves from some whole chunk on. What is shorter than a chunk is always true.</summary>
/// <param name="stream">The true stream.</param>
/// <param name="fault">How.</param>
/// <param name="begins">Asked before each whole chunk whether it is time.</param>
/// <param name="leave">Ends the peer.</param>
public sealed class FaultyStream(Libp2pStream stream, PeerFault fault, Func<bool> begins, Action leave) : IExchangeStream
{
    private const int Drop = 1024;

    private static readonly TimeSpan BetweenDrops = TimeSpan.FromMilliseconds(100);

    /// <inheritdoc/>
    public ValueTask ReadExactlyAsync(Memory<byte> buffer, CancellationToken cancellationToken) => stream.ReadExactlyAsync(buffer, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (bytes.Length < ContentStore.DefaultChunkSize || !begins())
        {
            await stream.WriteAsync(bytes, cancellationToken);
            return;
        }
        switch (fault)
        {
            case PeerFault.WrongByte:
                var wrong = bytes.ToArray();
                wrong[^1] ^= 1;
                await stream.WriteAsync(wrong, cancellationToken);
                break;
            case PeerFault.Truncates:
                await stream.WriteAsync(bytes[..(bytes.Length / 2)], cancellationToken);
                throw new IOException("the peer had enough");
            case PeerFault.Stalls:
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
                break;
            case PeerFault.Drips:
                for (var rest = bytes; rest.Length > 0; rest = rest[Math.Min(Drop, rest.Length)..])
                {
                    await stream.WriteAsync(rest[..Math.Min(Drop, rest.Length)], cancellationToken);
                    await Task.Delay(BetweenDrops, TimeProvider.System, cancellationToken);
                }
                break;
            default:
                leave();
                throw new IOException("the peer is gone");
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => stream.DisposeAsync();
}
