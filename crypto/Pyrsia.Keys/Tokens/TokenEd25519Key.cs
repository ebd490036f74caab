using Pyrsia.Curve25519;

namespace Pyrsia.Keys;

/// <summary>An Ed25519 key in a PKCS#11 token, which signs by CKM_EDDSA.</summary>
public sealed class TokenEd25519Key : IEd25519Signer
{
    private readonly TokenKey _key;

    private TokenEd25519Key(TokenKey key, Ed25519PublicKey publicKey) => (_key, PublicKey) = (key, publicKey);

    /// <inheritdoc/>
    public Ed25519PublicKey PublicKey { get; }

    /// <summary>Opens a key, and has it sign once: what is wrong shall be seen at a start, and not in the first vote.</summary>
    /// <exception cref="KeyFileException">It cannot be used.</exception>
    public static TokenEd25519Key Open(TokenUri uri, string? pin)
    {
        ArgumentNullException.ThrowIfNull(uri);
        var key = new TokenKey(uri, pin, TokenModules.EdwardsKeys);
        try
        {
            // Tokens give the 32 bytes as they are (PKCS#11 3.0), or as an ASN.1 octet string (before).
            var point = key.Point is [0x04, Ed25519PublicKey.Length, .. var inner] ? inner : key.Point;
            if (!Ed25519PublicKey.TryCreate(point, out var publicKey)) throw new KeyFileException($"the public key of {uri} is not of Ed25519", "Name a key of the curve edwards25519.");
            var opened = new TokenEd25519Key(key, publicKey);
            var signature = new byte[Ed25519PublicKey.SignatureLength];
            opened.Sign("pyrsia: does this key sign?"u8, signature);
            return publicKey.Verify("pyrsia: does this key sign?"u8, signature) ? opened : throw new KeyFileException($"private and public key of {uri} do not belong together", "Store the right public key beside the private one.");
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="KeyFileException">The token refuses.</exception>
    public void Sign(ReadOnlySpan<byte> message, Span<byte> signature)
    {
        if (signature.Length != Ed25519PublicKey.SignatureLength) throw new ArgumentException("An Ed25519 signature has 64 bytes.", nameof(signature));
        _key.Sign(TokenModules.EdDsa, message, signature);
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();
}
