using System.Buffers;

namespace Pyrsia.Libp2p;

/// <summary>Lets a muxer be negotiated over a secure channel: what is shown and not taken is the first thing that the muxer reads.</summary>
internal sealed class SecureLookahead(ISecureChannel channel) : ISecureChannel, ILookahead
{
    private byte[] held = [];

    public Libp2pPublicKey RemoteKey => channel.RemoteKey;

    public string? Muxer => channel.Muxer;

    public Multiaddr LocalAddress => channel.LocalAddress;

    public Multiaddr RemoteAddress => channel.RemoteAddress;

    public int Pending => channel.Pending;

    public async ValueTask<ReadOnlySequence<byte>> PeekAsync(int moreThan, CancellationToken cancellationToken)
    {
        while (held.Length <= moreThan)
        {
            var piece = await channel.ReadAsync(cancellationToken).ConfigureAwait(false);
            if (piece.IsEmpty) throw new EndOfStreamException("The connection ended.");
            held = [.. held, .. piece.Span];
        }
        return new ReadOnlySequence<byte>(held);
    }

    public void Consume(int count) => held = held[count..];

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        channel.Append(bytes.Span);
        await channel.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    public ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken)
    {
        if (held.Length == 0) return channel.ReadAsync(cancellationToken);
        var first = held;
        held = [];
        return ValueTask.FromResult<ReadOnlyMemory<byte>>(first);
    }

    public void Append(ReadOnlySpan<byte> plaintext) => channel.Append(plaintext);

    public ValueTask FlushAsync(CancellationToken cancellationToken) => channel.FlushAsync(cancellationToken);

    public bool TryEndSending() => channel.TryEndSending();

    public void Abort() => channel.Abort();

    public ValueTask DisposeAsync() => channel.DisposeAsync();
}
