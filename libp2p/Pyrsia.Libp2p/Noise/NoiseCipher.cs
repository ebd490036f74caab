using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Pyrsia.Libp2p;

/// <summary>CipherState of the Noise framework with ChaCha20-Poly1305: nonce is four zero bytes and a 64-bit little-endian counter.
/// https://noiseprotocol.org/noise.html#the-chachapoly-cipher-functions</summary>
internal sealed class NoiseCipher(ReadOnlySpan<byte> key) : IDisposable
{
    /// <summary>Bytes that authentication adds to a message.</summary>
    public const int TagLength = 16;

    private readonly ChaCha20Poly1305 aead = new(key);
    private ulong counter;

    /// <summary>Encrypts <paramref name="plaintext"/> into <paramref name="output"/>, ciphertext first, tag behind. The plaintext may lie at the start of the output.</summary>
    public void Encrypt(ReadOnlySpan<byte> plaintext, Span<byte> output, ReadOnlySpan<byte> associated = default)
    {
        Span<byte> nonce = stackalloc byte[12];
        Nonce(nonce);
        aead.Encrypt(nonce, plaintext, output[..plaintext.Length], output.Slice(plaintext.Length, TagLength), associated);
    }

    /// <summary>Decrypts in place; false when the message is shorter than its tag or was not made with this key and counter.</summary>
    public bool TryDecrypt(Span<byte> message, out Span<byte> plaintext, ReadOnlySpan<byte> associated = default)
    {
        plaintext = default;
        if (message.Length < TagLength) return false;
        Span<byte> nonce = stackalloc byte[12];
        Nonce(nonce);
        var body = message[..^TagLength];
        try
        {
            aead.Decrypt(nonce, body, message[^TagLength..], body, associated);
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
        plaintext = body;
        return true;
    }

    public void Dispose() => aead.Dispose();

    private void Nonce(Span<byte> nonce)
    {
        // The last value is reserved; no connection lives for 2^64 messages, but a wrapped nonce would be a catastrophe.
        if (counter == ulong.MaxValue) throw new InvalidOperationException("The noise nonce is used up.");
        nonce[..4].Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(nonce[4..], counter++);
    }
}
