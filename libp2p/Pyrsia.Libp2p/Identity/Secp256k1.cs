using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Security.Cryptography;

namespace Pyrsia.Libp2p;

/// <summary>Checks signatures of secp256k1 keys, ECDSA over SHA-256 in DER form. Public values only: nothing here takes the same time for all inputs.
/// https://github.com/libp2p/specs/blob/master/peer-ids/peer-ids.md#secp256k1</summary>
internal static class Secp256k1
{
    /// <summary>Length of a compressed point.</summary>
    internal const int CompressedLength = 33;

    private const string Oid = "1.3.132.0.10";
    private const int FieldLength = 32;

    // SEC 2, section 2.4.1: y^2 = x^3 + 7 over the field of p = 2^256 - 2^32 - 977.
    private static readonly BigInteger Prime = (BigInteger.One << 256) - (BigInteger.One << 32) - 977;

    /// <summary>Whether a signature was made by the key that a compressed point stands for.</summary>
    /// <exception cref="CryptographicException">The platform refuses the signature's form.</exception>
    internal static bool Verify(ReadOnlySpan<byte> key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (!TryDecompress(key, out var x, out var y)) return false;
        using var ecdsa = ECDsa.Create(new ECParameters { Curve = ECCurve.CreateFromValue(Oid), Q = new ECPoint { X = x, Y = y } });
        return ecdsa.VerifyData(message, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }

    /// <summary>Computes the point (SEC 1, section 2.3.4); false when the bytes stand for none.</summary>
    internal static bool TryDecompress(ReadOnlySpan<byte> key, [NotNullWhen(true)] out byte[]? x, [NotNullWhen(true)] out byte[]? y)
    {
        (x, y) = (null, null);
        if (key.Length != CompressedLength || key[0] is not (2 or 3)) return false;
        var abscissa = new BigInteger(key[1..], isUnsigned: true, isBigEndian: true);
        if (abscissa >= Prime) return false;
        var square = (BigInteger.ModPow(abscissa, 3, Prime) + 7) % Prime;
        var root = BigInteger.ModPow(square, (Prime + 1) / 4, Prime); // p = 3 mod 4
        if (root * root % Prime != square) return false;
        if (root.IsEven != (key[0] == 2)) root = Prime - root;
        (x, y) = (key[1..].ToArray(), new byte[FieldLength]);
        var bytes = root.ToByteArray(isUnsigned: true, isBigEndian: true);
        bytes.CopyTo(y, FieldLength - bytes.Length);
        return true;
    }
}
