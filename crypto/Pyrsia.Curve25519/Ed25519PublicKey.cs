using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Pyrsia.Curve25519;

/// <summary>An Ed25519 verification key (RFC 8032), equal to another by its 32 bytes. Safe for several threads.</summary>
public sealed class Ed25519PublicKey : IEquatable<Ed25519PublicKey>
{
    /// <summary>Length of a public key in bytes.</summary>
    public const int Length = 32;

    /// <summary>Length of a signature in bytes.</summary>
    public const int SignatureLength = 64;

    private readonly byte[] _bytes;
    private readonly PKeyHandle _key;

    private Ed25519PublicKey(byte[] bytes, PKeyHandle key)
    {
        _bytes = bytes;
        _key = key;
    }

    /// <summary>The 32 bytes of the key.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>Takes a key from its 32 bytes.</summary>
    /// <exception cref="ArgumentException">The bytes are no Ed25519 public key.</exception>
    public static Ed25519PublicKey FromBytes(ReadOnlySpan<byte> bytes) =>
        TryCreate(bytes, out var key) ? key : throw new ArgumentException("These bytes are no Ed25519 public key.", nameof(bytes));

    /// <summary>Takes a key from its bytes; false when they are no Ed25519 public key.</summary>
    public static bool TryCreate(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out Ed25519PublicKey? key)
    {
        key = null;
        if (bytes.Length != Length) return false;
        try
        {
            key = new Ed25519PublicKey(bytes.ToArray(), LibCrypto.PublicKey(LibCrypto.Ed25519, bytes));
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <summary>Whether <paramref name="signature"/> is this key's signature of <paramref name="message"/>; false for any malformed signature.</summary>
    public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (signature.Length != SignatureLength) return false;
        using var context = LibCrypto.EVP_MD_CTX_new();
        LibCrypto.Check(LibCrypto.EVP_DigestVerifyInit(context, 0, 0, 0, _key));
        if (LibCrypto.EVP_DigestVerify(context, signature, (nuint)signature.Length, message, (nuint)message.Length) == 1) return true;
        LibCrypto.ERR_clear_error();
        return false;
    }

    /// <inheritdoc/>
    public bool Equals(Ed25519PublicKey? other) => other is not null && _bytes.AsSpan().SequenceEqual(other._bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Ed25519PublicKey);

    /// <inheritdoc/>
    public override int GetHashCode() => BitConverter.ToInt32(_bytes);

    /// <summary>The key in lower-case hexadecimal.</summary>
    public override string ToString() => Convert.ToHexStringLower(_bytes);
}
