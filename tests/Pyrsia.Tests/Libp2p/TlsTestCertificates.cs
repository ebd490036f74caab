using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Pyrsia.Libp2p;

namespace Pyrsia.Tests.Libp2p;

/// <summary>Certificates that differ from a right one in one thing.</summary>
internal static class TlsTestCertificates
{
    /// <summary>A certificate of a new peer with the extensions that <paramref name="extensions"/> makes of the right one.</summary>
    public static X509Certificate2 Make(DateTimeOffset now, Func<X509Extension, X509Extension[]>? extensions = null)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Make(now, new CertificateRequest("O=libp2p.io", key, HashAlgorithmName.SHA256), key.ExportSubjectPublicKeyInfo(), extensions);
    }

    public static X509Certificate2 Make(DateTimeOffset now, CertificateRequest request, byte[] key, Func<X509Extension, X509Extension[]>? extensions = null)
    {
        var peer = KeyPair.Generate();
        var right = new X509Extension(SignedKey.Oid, new SignedKey(peer.PublicKey, peer.Sign(SignedKey.Statement(key))).Encode(), critical: false);
        foreach (var extension in extensions?.Invoke(right) ?? [right]) request.CertificateExtensions.Add(extension);
        return request.CreateSelfSigned(now.AddMinutes(-1), now.AddDays(1));
    }

    /// <summary>A certificate that names a host key and has an issuer, which has an issuer: what a peer with a chain would send.</summary>
    public static (X509Certificate2 Leaf, X509Certificate2Collection Issuers) Chain(DateTimeOffset now)
    {
        using ECDsa rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256), middleKey = ECDsa.Create(ECCurve.NamedCurves.nistP256), leafKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest Request(string name, ECDsa key)
        {
            var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
            if (key != leafKey) request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
            return request;
        }

        var root = Request("CN=root", rootKey).CreateSelfSigned(now.AddDays(-2), now.AddDays(3));
        var middle = Request("CN=middle", middleKey).Create(root, now.AddDays(-1), now.AddDays(2), [1]).CopyWithPrivateKey(middleKey);
        var peer = KeyPair.Generate();
        var leaf = Request("CN=leaf", leafKey);
        leaf.CertificateExtensions.Add(new X509Extension(SignedKey.Oid, new SignedKey(peer.PublicKey, peer.Sign(SignedKey.Statement(leafKey.ExportSubjectPublicKeyInfo()))).Encode(), false));
        return (leaf.Create(middle, now.AddMinutes(-1), now.AddDays(1), [2]).CopyWithPrivateKey(leafKey), [middle, root]);
    }

    /// <summary>The certificate with its fields written anew by <paramref name="rework"/>, signed again by its own key.</summary>
    public static byte[] Reworked(X509Certificate2 certificate, Action<AsnReader, AsnWriter> rework)
    {
        using var key = certificate.GetECDsaPrivateKey()!;
        var outer = new AsnReader(certificate.RawData, AsnEncodingRules.DER).ReadSequence();
        var fields = outer.ReadSequence();
        var algorithm = outer.ReadEncodedValue();
        var signed = new AsnWriter(AsnEncodingRules.DER);
        using (signed.PushSequence()) rework(fields, signed);
        var whole = new AsnWriter(AsnEncodingRules.DER);
        using (whole.PushSequence())
        {
            whole.WriteEncodedValue(signed.Encode());
            whole.WriteEncodedValue(algorithm.Span);
            whole.WriteBitString(key.SignData(signed.Encode(), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        }
        return whole.Encode();
    }

    /// <summary>Copies the fields; before the extensions, which are the last, a unique id can be put, and what they hold can stand there twice.</summary>
    public static void CopyAll(AsnReader fields, AsnWriter writer, int? uniqueId = null, bool repeatExtensions = false)
    {
        var extensionsTag = new Asn1Tag(TagClass.ContextSpecific, 3);
        while (fields.HasData)
        {
            if (!fields.PeekTag().HasSameClassAndValue(extensionsTag))
            {
                writer.WriteEncodedValue(fields.ReadEncodedValue().Span);
                continue;
            }
            if (uniqueId is { } tag) writer.WriteBitString([1, 2, 3], tag: new Asn1Tag(TagClass.ContextSpecific, tag));
            var extension = fields.ReadSequence(extensionsTag).ReadSequence().ReadEncodedValue();
            using (writer.PushSequence(extensionsTag))
            using (writer.PushSequence())
            {
                writer.WriteEncodedValue(extension.Span);
                if (repeatExtensions) writer.WriteEncodedValue(extension.Span);
            }
        }
    }
}
