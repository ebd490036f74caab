using System.Security.Cryptography;
using System.Text;

namespace Pyrsia.Libp2p;

/// <summary>SymmetricState of the Noise framework for SHA-256. https://noiseprotocol.org/noise.html#the-symmetricstate-object</summary>
internal sealed class NoiseSymmetricState : IDisposable
{
    private byte[] chainingKey;
    private byte[] hash;
    private NoiseCipher? cipher;

    public NoiseSymmetricState(string protocolName)
    {
        var name = Encoding.ASCII.GetBytes(protocolName);
        hash = new byte[SHA256.HashSizeInBytes];
        if (name.Length <= hash.Length) name.CopyTo(hash, 0);
        else hash = SHA256.HashData(name);
        chainingKey = hash;
    }

    /// <summary>Hash over the whole handshake so far.</summary>
    public ReadOnlySpan<byte> HandshakeHash => hash;

    public void MixHash(ReadOnlySpan<byte> data)
    {
        // In one call: handshake messages are short, and what a hash in pieces needs takes longer to make than they to be hashed.
        hash = SHA256.HashData([.. hash, .. data]);
    }

    public void MixKey(ReadOnlySpan<byte> input)
    {
        var (first, second) = Derive(input);
        chainingKey = first;
        cipher?.Dispose();
        cipher = new NoiseCipher(second);
        CryptographicOperations.ZeroMemory(second);
    }

    public byte[] EncryptAndHash(ReadOnlySpan<byte> plaintext)
    {
        byte[] output;
        if (cipher is null)
        {
            output = plaintext.ToArray();
        }
        else
        {
            output = new byte[plaintext.Length + NoiseCipher.TagLength];
            cipher.Encrypt(plaintext, output, hash);
        }
        MixHash(output);
        return output;
    }

    public bool TryDecryptAndHash(ReadOnlySpan<byte> message, out byte[] plaintext)
    {
        plaintext = [];
        var copy = message.ToArray();
        if (cipher is null)
        {
            plaintext = copy;
        }
        else
        {
            if (!cipher.TryDecrypt(copy, out var body, hash)) return false;
            plaintext = body.ToArray();
        }
        MixHash(message);
        return true;
    }

    /// <summary>The two transport ciphers: initiator to responder, responder to initiator.</summary>
    public (NoiseCipher ToResponder, NoiseCipher ToInitiator) Split()
    {
        var (first, second) = Derive([]);
        return (new NoiseCipher(first), new NoiseCipher(second));
    }

    public void Dispose() => cipher?.Dispose();

    /// <summary>HKDF with two outputs, as Noise defines it. Not the class of the base library: it refuses the empty input that Split needs on some platforms.</summary>
    private (byte[] First, byte[] Second) Derive(ReadOnlySpan<byte> input)
    {
        Span<byte> temporary = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(chainingKey, input, temporary);
        var first = HMACSHA256.HashData(temporary, [1]);
        var second = HMACSHA256.HashData(temporary, [.. first, 2]);
        CryptographicOperations.ZeroMemory(temporary);
        return (first, second);
    }
}
