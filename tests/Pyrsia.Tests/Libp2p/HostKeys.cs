using System.Security.Cryptography;
using Pyrsia.Libp2p;

namespace Pyrsia.Tests.Libp2p;

/// <summary>Host keys of every kind that peers may have; this stack's own hosts have Ed25519 alone.</summary>
internal static class HostKeys
{
    public static (Libp2pPublicKey Key, Func<byte[], byte[]> Sign) Make(KeyType type)
    {
        switch (type)
        {
            case KeyType.Ed25519:
                var pair = KeyPair.Generate();
                return (pair.PublicKey, s => pair.Sign(s));
            case KeyType.Rsa:
                var rsa = RSA.Create(2048);
                return (new Libp2pPublicKey(type, rsa.ExportSubjectPublicKeyInfo()), s => rsa.SignData(s, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
            case KeyType.Secp256k1:
                var secp = ECDsa.Create(ECCurve.CreateFromFriendlyName("secp256k1"));
                var q = secp.ExportParameters(false).Q;
                return (new Libp2pPublicKey(type, [(byte)(2 + (q.Y![^1] & 1)), .. q.X!]), s => secp.SignData(s, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
            default:
                var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
                return (new Libp2pPublicKey(type, ecdsa.ExportSubjectPublicKeyInfo()), s => ecdsa.SignData(s, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        }
    }
}
