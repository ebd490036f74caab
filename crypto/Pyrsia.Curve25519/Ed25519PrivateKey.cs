using System.Security.Cryptography;

namespace Pyrsia.Curve25519;

/// <summary>An Ed25519 signing key (RFC 8032). Instances may be used from several threads at once.</summary>
/// <seealso href="https://www.rfc-editor.org/rfc/rfc8032#section-5.1"/>
public sealed class Ed25519PrivateKey : IDisposable
{
    /// <summary>Length of the seed in bytes.</summary>
    public const int SeedLength = 32;

    private readonly byte[] _seed;
    private readonly PKeyHandle _key;

    private Ed25519PrivateKey(byte[] seed)
    {
        _seed = seed;
        _key = LibCrypto.PrivateKey(LibCrypto.Ed25519, seed);
        PublicKey = Ed25519PublicKey.FromBytes(LibCrypto.RawPublicKey(_key));
    }

    /// <summary>The public half.</summary>
    public Ed25519PublicKey PublicKey { get; }

    /// <summary>Makes a new key from the system's secure random source.</summary>
    public static Ed25519PrivateKey Generate() => new(RandomNumberGenerator.GetBytes(SeedLength));

    /// <summary>Makes the key of a 32-byte seed.</summary>
    /// <exception cref="ArgumentException">The seed is not 32 bytes long.</exception>
    public static Ed25519PrivateKey FromSeed(ReadOnlySpan<byte> seed)
    {
        if (seed.Length != SeedLength) throw new ArgumentException($"An Ed25519 seed has {SeedLength} bytes, not {seed.Length}.", nameof(seed));
        return new Ed25519PrivateKey(seed.ToArray());
    }

    /// <summary>A copy of the 32-byte seed: the secret itself.</summary>
    public byte[] ExportSeed() => [.. _seed];

    /// <summary>Signs a message; the 64-byte signature is the same every time.</summary>
    public byte[] Sign(ReadOnlySpan<byte> message)
    {
        var signature = new byte[Ed25519PublicKey.SignatureLength];
        Sign(message, signature);
        return signature;
    }

    /// <summary>Signs a message into <paramref name="signature"/>, which must hold 64 bytes.</summary>
    /// <exception cref="ArgumentException">The destination is not 64 bytes long.</exception>
    public void Sign(ReadOnlySpan<byte> message, Span<byte> signature)
    {
        if (signature.Length != Ed25519PublicKey.SignatureLength) throw new ArgumentException("An Ed25519 signature has 64 bytes.", nameof(signature));
        using var context = LibCrypto.EVP_MD_CTX_new();
        LibCrypto.Check(LibCrypto.EVP_DigestSignInit(context, 0, 0, 0, _key));
        nuint length = Ed25519PublicKey.SignatureLength;
        LibCrypto.Check(LibCrypto.EVP_DigestSign(context, signature, ref length, message, (nuint)message.Length));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _key.Dispose();
        CryptographicOperations.ZeroMemory(_seed);
    }
}
