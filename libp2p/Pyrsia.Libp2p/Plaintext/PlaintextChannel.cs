using System.Buffers;

namespace Pyrsia.Libp2p;

/// <summary>Bytes as they are, in the shape of a secure channel.</summary>
internal sealed class PlaintextChannel(IByteChannel channel, InputBuffer input, Libp2pPublicKey remoteKey) : ISecureChannel
{
    private ArrayBufferWriter<byte> batch = new();
    private int consumed;

    public Libp2pPublicKey RemoteKey { get; } = remoteKey;

    public string? Muxer => null;

    public Multiaddr LocalAddress => channel.LocalAddress;

    public Multiaddr RemoteAddress => channel.RemoteAddress;

    public int Pending => batch.WrittenCount;

    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken)
    {
        input.Consume(consumed);
        consumed = 0;
        if (!await input.FillAsync(1, cancellationToken).ConfigureAwait(false)) return default;
        consumed = input.Count;
        return input.Buffered;
    }

    public void Append(ReadOnlySpan<byte> plaintext) => batch.Write(plaintext);

    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        var full = batch;
        batch = new ArrayBufferWriter<byte>();
        await channel.SendAsync(full.WrittenMemory, cancellationToken).ConfigureAwait(false);
    }

    public bool TryEndSending() => channel.TryEndSending();

    public void Abort() => channel.Abort();

    public async ValueTask DisposeAsync()
    {
        await channel.DisposeAsync().ConfigureAwait(false);
        input.Dispose();
    }
}
