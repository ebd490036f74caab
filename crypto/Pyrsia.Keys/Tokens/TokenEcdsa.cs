using System.Security.Cryptography;

namespace Pyrsia.Keys;

/// <summary>An ECDSA P-256 key in a PKCS#11 token, which signs by CKM_ECDSA.</summary>
public sealed class TokenEcdsa : ECDsa
{
    private const int CoordinateLength = 32;

    private readonly TokenKey _key;
    private readonly ECParameters _public;

    private TokenEcdsa(TokenKey key, ECParameters parameters) => (_key, _public, KeySizeValue) = (key, parameters, 8 * CoordinateLength);

    /// <summary>Opens a key, and has it sign once: what is wrong shall be seen at a start, and not in the first attestation.</summary>
    /// <exception cref="KeyFileException">It cannot be used.</exception>
    public static TokenEcdsa Open(TokenUri uri, string? pin)
    {
        ArgumentNullException.ThrowIfNull(uri);
        var key = new TokenKey(uri, pin, TokenModules.EcKeys);
        try
        {
            // An uncompressed point, 04 X Y, as it is or in an ASN.1 octet string of 65 bytes.
            var point = key.Point is [0x04, 1 + (2 * CoordinateLength), .. var inner] ? inner : key.Point;
            if (point.Length != 1 + (2 * CoordinateLength) || point[0] != 0x04) throw new KeyFileException($"the public key of {uri} is not on P-256", "Name a key of the curve P-256.");
            var opened = new TokenEcdsa(key, new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = point[1..33], Y = point[33..] } });
            using var verifier = Create(opened._public);
            var hash = SHA256.HashData("pyrsia: does this key sign?"u8);
            return verifier.VerifyHash(hash, opened.SignHash(hash)) ? opened : throw new KeyFileException($"private and public key of {uri} do not belong together", "Store the right public key beside the private one.");
        }
        catch (CryptographicException e)
        {
            key.Dispose();
            throw new KeyFileException($"the public key of {uri} is not on P-256", "Name a key of the curve P-256.", e);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>Signs a hash: r and s, 32 bytes each.</summary>
    /// <exception cref="KeyFileException">The token refuses.</exception>
    public override byte[] SignHash(byte[] hash)
    {
        var signature = new byte[2 * CoordinateLength];
        _key.Sign(TokenModules.Ecdsa, hash, signature);
        return signature;
    }

    /// <inheritdoc/>
    public override bool VerifyHash(byte[] hash, byte[] signature)
    {
        using var verifier = Create(_public);
        return verifier.VerifyHash(hash, signature);
    }

    /// <inheritdoc/>
    public override ECParameters ExportParameters(bool includePrivateParameters) => includePrivateParameters ? throw new CryptographicException("A token gives no private key out.") : _public;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _key.Dispose();
        base.Dispose(disposing);
    }
}
