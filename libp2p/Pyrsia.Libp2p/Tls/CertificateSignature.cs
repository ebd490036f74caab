using System.Formats.Asn1;
using System.Security.Cryptography;
using Pyrsia.Curve25519;

namespace Pyrsia.Libp2p;

/// <summary>Checks the signature of a certificate by the algorithm that it names: ECDSA, RSA with PKCS #1 padding, or Ed25519.
/// SHA-1 and MD5 are not among them, and RSA keys have at least 2048 bits.</summary>
internal static class CertificateSignature
{
    /// <summary>True when <paramref name="key"/>, a SubjectPublicKeyInfo, signed <paramref name="message"/>.</summary>
    public static bool Verify(string algorithm, ReadOnlyMemory<byte> key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        try
        {
            return algorithm switch
            {
                "1.2.840.10045.4.3.2" => VerifyEcdsa(key.Span, message, signature, HashAlgorithmName.SHA256),
                "1.2.840.10045.4.3.3" => VerifyEcdsa(key.Span, message, signature, HashAlgorithmName.SHA384),
                "1.2.840.10045.4.3.4" => VerifyEcdsa(key.Span, message, signature, HashAlgorithmName.SHA512),
                "1.2.840.113549.1.1.11" => VerifyRsa(key.Span, message, signature, HashAlgorithmName.SHA256),
                "1.2.840.113549.1.1.12" => VerifyRsa(key.Span, message, signature, HashAlgorithmName.SHA384),
                "1.2.840.113549.1.1.13" => VerifyRsa(key.Span, message, signature, HashAlgorithmName.SHA512),
                Ed25519Oid => VerifyEd25519(key, message, signature),
                _ => false,
            };
        }
        catch (Exception e) when (e is CryptographicException or PlatformNotSupportedException or AsnContentException)
        {
            // The second is raised for a curve that the platform does not know: the peer chose it.
            return false;
        }
    }

    private const string Ed25519Oid = "1.3.101.112";

    private static bool VerifyEcdsa(ReadOnlySpan<byte> key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature, HashAlgorithmName hash)
    {
        using var ecdsa = ECDsa.Create();
        ecdsa.ImportSubjectPublicKeyInfo(key, out _);
        return ecdsa.VerifyData(message, signature, hash, DSASignatureFormat.Rfc3279DerSequence);
    }

    private static bool VerifyRsa(ReadOnlySpan<byte> key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature, HashAlgorithmName hash)
    {
        using var rsa = RSA.Create();
        rsa.ImportSubjectPublicKeyInfo(key, out _);
        return rsa.KeySize >= Libp2pPublicKey.MinRsaBits && rsa.VerifyData(message, signature, hash, RSASignaturePadding.Pkcs1);
    }

    private static bool VerifyEd25519(ReadOnlyMemory<byte> key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        var info = new AsnReader(key, AsnEncodingRules.DER).ReadSequence();
        if (info.ReadSequence().ReadObjectIdentifier() != Ed25519Oid) return false;
        return Ed25519PublicKey.TryCreate(info.ReadBitString(out _), out var publicKey) && publicKey.Verify(message, signature);
    }
}
