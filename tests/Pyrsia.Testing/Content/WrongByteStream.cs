using Pyrsia.Content.Exchange;
using Pyrsia.Content.Store;
using Pyrsia.Libp2p;

namespace Pyrsia.Testing.Content;

/// <summary>The answering end of an exchange stream whose peer lies: of the chunks that it is told to, the last byte is wrong.</summary>
/// <param name="stream">The true stream.</param>
/// <param name="lies">Asked before each whole chunk.</param>
public sealed class WrongByteStream(Libp2pStream stream, Func<bool> lies) : IExchangeStream
{
    /// <inheritdoc/>
    public ValueTask ReadExactlyAsync(Memory<byte> buffer, CancellationToken cancellationToken) => stream.ReadExactlyAsync(buffer, cancellationToken);

    /// <inheritdoc/>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (bytes.Length < ContentStore.DefaultChunkSize || !lies()) return stream.WriteAsync(bytes, cancellationToken);
        var wrong = bytes.ToArray();
        wrong[^1] ^= 1;
        return stream.WriteAsync(wrong, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => stream.DisposeAsync();
}
