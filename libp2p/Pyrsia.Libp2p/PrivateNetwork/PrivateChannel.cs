using System.Buffers;
using System.Security.Cryptography;

namespace Pyrsia.Libp2p;

/// <summary>A raw connection between two members of a private network: each end sends a nonce, then everything under XSalsa20. What comes from an end with another key, or with none,
/// is noise, so that the negotiation above fails. It hides and does not prove: the security protocol above does that.</summary>
/// <remarks><code>
/// 0                24
/// | nonce          | bytes under the key and this nonce ...   (each way)
/// </code>
/// The nonce leaves with the first bytes that are sent, and at the latest before the other end's is waited for.</remarks>
internal sealed class PrivateChannel(IByteChannel carrier, PreSharedKey key) : IByteChannel
{
    private Salsa20? inbound;
    private Salsa20? outbound;

    public Multiaddr LocalAddress => carrier.LocalAddress;

    public Multiaddr RemoteAddress => carrier.RemoteAddress;

    public bool IsLimited => carrier.IsLimited;

    public async ValueTask<int> ReceiveAsync(Memory<byte> into, CancellationToken cancellationToken)
    {
        if (outbound is null) await SendAsync(ReadOnlyMemory<byte>.Empty, cancellationToken).ConfigureAwait(false);
        inbound ??= await BeginInboundAsync(cancellationToken).ConfigureAwait(false);
        var n = await carrier.ReceiveAsync(into, cancellationToken).ConfigureAwait(false);
        inbound.Apply(into.Span[..n]);
        return n;
    }

    public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Salsa20.ExtendedNonceLength + bytes.Length);
        try
        {
            var begins = 0;
            if (outbound is null)
            {
                begins = Salsa20.ExtendedNonceLength;
                RandomNumberGenerator.Fill(buffer.AsSpan(0, begins));
                outbound = Salsa20.Extended(key.Bytes, buffer.AsSpan(0, begins));
            }
            bytes.CopyTo(buffer.AsMemory(begins));
            outbound.Apply(buffer.AsSpan(begins, bytes.Length));
            await carrier.SendAsync(buffer.AsMemory(0, begins + bytes.Length), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public bool TryEndSending() => carrier.TryEndSending();

    public void Abort() => carrier.Abort();

    public ValueTask DisposeAsync() => carrier.DisposeAsync();

    private async ValueTask<Salsa20> BeginInboundAsync(CancellationToken cancellationToken)
    {
        var nonce = new byte[Salsa20.ExtendedNonceLength];
        for (var have = 0; have < nonce.Length;)
        {
            var n = await carrier.ReceiveAsync(nonce.AsMemory(have), cancellationToken).ConfigureAwait(false);
            if (n == 0) throw new EndOfStreamException("The connection ended.");
            have += n;
        }
        return Salsa20.Extended(key.Bytes, nonce);
    }
}
