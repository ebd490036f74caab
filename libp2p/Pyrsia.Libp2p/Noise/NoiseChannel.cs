using System.Buffers;
using System.Buffers.Binary;

namespace Pyrsia.Libp2p;

/// <summary>Noise transport messages: two-byte big-endian length, ciphertext, tag; at most 65,535 bytes behind the length.
/// Decrypts in the receive buffer and encrypts in the send buffer, so that plaintext is copied once each way.</summary>
internal sealed class NoiseChannel(IByteChannel channel, InputBuffer input, NoiseCipher send, NoiseCipher receive) : ISecureChannel
{
    /// <summary>Longest plaintext of one message, in bytes.</summary>
    public const int MaxPlaintext = ushort.MaxValue - NoiseCipher.TagLength;

    private const int PrefixLength = 2;
    private const int InitialBatch = 4 * 1024;
    private byte[] batch = [];
    private int frameStart;
    private int length;
    private int consumed;
    private int lastBatch = InitialBatch;

    public required Libp2pPublicKey RemoteKey { get; init; }

    public string? Muxer { get; init; }

    public Multiaddr LocalAddress => channel.LocalAddress;

    public Multiaddr RemoteAddress => channel.RemoteAddress;

    public int Pending { get; private set; }

    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            input.Consume(consumed);
            consumed = 0;
            if (!await input.FillAsync(PrefixLength, cancellationToken).ConfigureAwait(false)) return default;
            int size = BinaryPrimitives.ReadUInt16BigEndian(input.Buffered.Span);
            await input.FillAsync(PrefixLength + size, cancellationToken).ConfigureAwait(false);
            var message = input.Buffered.Slice(PrefixLength, size);
            if (!receive.TryDecrypt(message.Span, out var plaintext)) throw new PeerProtocolException("A noise message was tampered with.");
            consumed = PrefixLength + size;
            if (plaintext.Length > 0) return message[..plaintext.Length];
        }
    }

    public void Append(ReadOnlySpan<byte> plaintext)
    {
        Pending += plaintext.Length;
        while (!plaintext.IsEmpty)
        {
            if (length == frameStart) length += PrefixLength;
            var used = length - frameStart - PrefixLength;
            if (used == MaxPlaintext)
            {
                Seal();
                continue;
            }
            var n = Math.Min(plaintext.Length, MaxPlaintext - used);
            Reserve(length + n + NoiseCipher.TagLength);
            plaintext[..n].CopyTo(batch.AsSpan(length));
            length += n;
            plaintext = plaintext[n..];
        }
    }

    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (length > frameStart) Seal();
        var bytes = batch;
        var count = lastBatch = length;
        batch = [];
        frameStart = length = Pending = 0;
        try
        {
            await channel.SendAsync(bytes.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (bytes.Length > 0) ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    public bool TryEndSending() => channel.TryEndSending();

    public void Abort() => channel.Abort();

    /// <summary>To be called when no read or flush is pending.</summary>
    public async ValueTask DisposeAsync()
    {
        await channel.DisposeAsync().ConfigureAwait(false);
        input.Dispose();
        send.Dispose();
        receive.Dispose();
        if (batch.Length > 0) ArrayPool<byte>.Shared.Return(batch);
        batch = [];
    }

    private void Seal()
    {
        var body = length - frameStart - PrefixLength;
        BinaryPrimitives.WriteUInt16BigEndian(batch.AsSpan(frameStart), (ushort)(body + NoiseCipher.TagLength));
        var plaintext = batch.AsSpan(frameStart + PrefixLength, body);
        send.Encrypt(plaintext, batch.AsSpan(frameStart + PrefixLength));
        length += NoiseCipher.TagLength;
        frameStart = length;
    }

    private void Reserve(int size)
    {
        if (size <= batch.Length) return;
        var next = ArrayPool<byte>.Shared.Rent(Math.Max(size, batch.Length == 0 ? lastBatch : batch.Length * 2));
        batch.AsSpan(0, Math.Min(length, batch.Length)).CopyTo(next);
        if (batch.Length > 0) ArrayPool<byte>.Shared.Return(batch);
        batch = next;
    }
}
