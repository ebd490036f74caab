using System.Security.Cryptography;

namespace Pyrsia.Provenance.Attestations;

/// <summary>A builder's ECDSA P-256 key. Signs SHA-256 of a message; the signature is DER with a low s.</summary>
public sealed class P256PrivateKey : IDisposable
{
    private readonly ECDsa _ecdsa;
    private readonly Lock _lock = new();

    private P256PrivateKey(ECDsa ecdsa)
    {
        _ecdsa = ecdsa;
        if (!P256PublicKey.TryFromSpki(ecdsa.ExportSubjectPublicKeyInfo(), out var key))
            throw new CryptographicException("the key is not on P-256");
        PublicKey = key;
    }

    /// <summary>The public half.</summary>
    public P256PublicKey PublicKey { get; }

    /// <summary>Makes a new key.</summary>
    public static P256PrivateKey Generate() => new(ECDsa.Create(ECCurve.NamedCurves.nistP256));

    /// <summary>Takes a key that signs elsewhere, such as in a token, and owns it from then on.</summary>
    /// <exception cref="CryptographicException">It is no P-256 key.</exception>
    public static P256PrivateKey Of(ECDsa key)
    {
        try
        {
            return new P256PrivateKey(key);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>Takes a key from its PKCS#8 encoding.</summary>
    /// <exception cref="CryptographicException">The bytes are no P-256 private key.</exception>
    public static P256PrivateKey FromPkcs8(ReadOnlySpan<byte> pkcs8)
    {
        var ecdsa = ECDsa.Create();
        try
        {
            ecdsa.ImportPkcs8PrivateKey(pkcs8, out var read);
            if (read != pkcs8.Length)
                throw new CryptographicException("bytes after the private key");
            return new P256PrivateKey(ecdsa);
        }
        catch (CryptographicException)
        {
            ecdsa.Dispose();
            throw;
        }
    }

    /// <summary>The PKCS#8 encoding: a secret.</summary>
    public byte[] ExportPkcs8()
    {
        lock (_lock)
            return _ecdsa.ExportPkcs8PrivateKey();
    }

    /// <summary>Signs a message. Two signatures of one message differ; keep the first.</summary>
    public byte[] Sign(ReadOnlySpan<byte> message)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(message, hash);
        byte[] signature;
        lock (_lock)
            signature = _ecdsa.SignHash(hash.ToArray(), DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        EcdsaDer.MakeLowS(signature.AsSpan(32));
        return EcdsaDer.Encode(signature);
    }

    /// <inheritdoc/>
    public void Dispose() => _ecdsa.Dispose();
}
