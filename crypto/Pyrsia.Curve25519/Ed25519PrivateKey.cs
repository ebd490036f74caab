using System.Security.Cryptography;

namespace Pyrsia.Curve25519;

/// <summary>An Ed25519 signing key (RFC 8032). Instances may be used from several threads at once.</summary>
/// <seealso href="https://www.rfc-editor.org/rfc/rfc8032#section-5.1"/>
public sealed class Ed25519PrivateKey : IEd25519Signer
{
    /// <summary>Length of the seed in bytes.</summary>
    public const int SeedLength = 32;

    /// <summary>PrivateKeyInfo of RFC 8410 up to the seed: version 0, the curve's OID, an octet string in an octet string.</summary>
    private static ReadOnlySpan<byte> Pkcs8Prefix => [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

    private readonly byte[] _seed;
    private readonly PKeyHandle _key;

    private Ed25519PrivateKey(byte[] seed)
    {
        _seed = seed;
        _key = LibCrypto.PrivateKey(LibCrypto.Ed25519, seed);
        PublicKey = Ed25519PublicKey.FromBytes(LibCrypto.RawPublicKey(_key));
    }

    /// <inheritdoc/>
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

    /// <summary>Takes a key from its PKCS#8 encoding, as <c>openssl genpkey -algorithm ed25519</c> makes it.</summary>
    /// <exception cref="CryptographicException">The bytes are no Ed25519 private key.</exception>
    /// <seealso href="https://www.rfc-editor.org/rfc/rfc8410#section-7"/>
    public static unsafe Ed25519PrivateKey FromPkcs8(ReadOnlySpan<byte> pkcs8)
    {
        var seed = new byte[SeedLength];
        fixed (byte* start = pkcs8)
        {
            var at = start;
            using var key = LibCrypto.d2i_AutoPrivateKey(0, &at, pkcs8.Length);
            LibCrypto.Check(key.IsInvalid || at != start + pkcs8.Length ? 0 : 1);
            if (LibCrypto.EVP_PKEY_get_base_id(key) != LibCrypto.Ed25519) throw new CryptographicException("The private key is not of Ed25519.");
            nuint length = SeedLength;
            LibCrypto.Check(LibCrypto.EVP_PKEY_get_raw_private_key(key, seed, ref length));
        }
        return new Ed25519PrivateKey(seed);
    }

    /// <summary>The PKCS#8 encoding: a secret.</summary>
    public byte[] ExportPkcs8() => [.. Pkcs8Prefix, .. _seed];

    /// <summary>A copy of the 32-byte seed: the secret itself.</summary>
    public byte[] ExportSeed() => [.. _seed];

    /// <summary>Signs a message; the 64-byte signature is the same every time.</summary>
    public byte[] Sign(ReadOnlySpan<byte> message)
    {
        var signature = new byte[Ed25519PublicKey.SignatureLength];
        Sign(message, signature);
        return signature;
    }

    /// <inheritdoc/>
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
