using System.Security.Cryptography;

namespace Pyrsia.Curve25519;

/// <summary>An X25519 key-agreement key (RFC 7748).</summary>
/// <seealso href="https://www.rfc-editor.org/rfc/rfc7748#section-5"/>
public sealed class X25519PrivateKey : IDisposable
{
    /// <summary>Length of a private key, a public key and a shared secret in bytes.</summary>
    public const int Length = 32;

    private readonly PKeyHandle _key;

    private X25519PrivateKey(ReadOnlySpan<byte> bytes)
    {
        _key = LibCrypto.PrivateKey(LibCrypto.X25519, bytes);
        PublicKey = LibCrypto.RawPublicKey(_key);
    }

    /// <summary>The 32 bytes of the public half.</summary>
    public byte[] PublicKey { get; }

    /// <summary>Makes a new key from the system's secure random source.</summary>
    public static X25519PrivateKey Generate()
    {
        Span<byte> bytes = stackalloc byte[Length];
        RandomNumberGenerator.Fill(bytes);
        var key = new X25519PrivateKey(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return key;
    }

    /// <summary>Takes a key from its 32 bytes.</summary>
    /// <exception cref="ArgumentException">There are not 32 bytes.</exception>
    public static X25519PrivateKey FromBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Length) throw new ArgumentException($"An X25519 key has {Length} bytes, not {bytes.Length}.", nameof(bytes));
        return new X25519PrivateKey(bytes);
    }

    /// <summary>Computes the secret shared with a peer; false when the peer's key is of low order, so that the secret would be all zero (RFC 7748 section 6.1).</summary>
    /// <param name="peerPublicKey">The peer's 32 bytes.</param>
    /// <param name="secret">Receives 32 bytes.</param>
    /// <exception cref="ArgumentException">A length is not 32.</exception>
    public bool TryDeriveSharedSecret(ReadOnlySpan<byte> peerPublicKey, Span<byte> secret)
    {
        if (peerPublicKey.Length != Length) throw new ArgumentException("An X25519 public key has 32 bytes.", nameof(peerPublicKey));
        if (secret.Length != Length) throw new ArgumentException("An X25519 secret has 32 bytes.", nameof(secret));
        using var peer = LibCrypto.PublicKey(LibCrypto.X25519, peerPublicKey);
        using var context = LibCrypto.EVP_PKEY_CTX_new(_key, 0);
        LibCrypto.Check(LibCrypto.EVP_PKEY_derive_init(context));
        nuint length = Length;
        // libcrypto itself refuses low-order points here; the explicit look at the secret holds where a build of it would not.
        if (LibCrypto.EVP_PKEY_derive_set_peer(context, peer) == 1
            && LibCrypto.EVP_PKEY_derive(context, secret, ref length) == 1
            && secret.ContainsAnyExcept((byte)0)) return true;
        LibCrypto.ERR_clear_error();
        CryptographicOperations.ZeroMemory(secret);
        return false;
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();
}
