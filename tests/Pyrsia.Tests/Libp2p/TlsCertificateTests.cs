using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

public sealed class TlsCertificateTests
{
    private static readonly DateTimeOffset Now = new(2026, 7, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("Ed25519")]
    [InlineData("ECDSA")]
    [InlineData("secp256k1")]
    public void The_published_certificates_prove_their_peer_ids(string kind)
    {
        var (certificate, peer) = Vector(kind);
        Assert.Equal(TlsCertificateFault.None, TlsCertificate.Verify(certificate, Now, out var key));
        Assert.Equal(peer, PeerId.FromPublicKey(key!).ToString());
    }

    [Fact]
    public void The_published_certificate_that_the_host_key_did_not_sign_is_refused()
    {
        Assert.Equal(TlsCertificateFault.HostSignature, TlsCertificate.Verify(Vector("invalid").Certificate, Now, out var key));
        Assert.Null(key);
    }

    [Theory]
    [InlineData(KeyType.Ed25519)]
    [InlineData(KeyType.Ecdsa)]
    [InlineData(KeyType.Secp256k1)]
    [InlineData(KeyType.Rsa)]
    public void A_certificate_that_was_made_for_a_host_key_of_any_kind_proves_it(KeyType type)
    {
        var (hostKey, sign) = HostKeys.Make(type);
        using var certificate = TlsIdentity.MakeCertificate(hostKey, sign, Now);
        Assert.Equal(TlsCertificateFault.None, TlsCertificate.Verify(certificate.RawData, Now, out var key));
        Assert.Equal(hostKey, key);
        var extension = Assert.Single(certificate.Extensions);
        Assert.Equal(SignedKey.Oid, extension.Oid!.Value);
    }

    [Fact]
    public void An_expired_certificate_and_one_that_is_not_valid_yet_are_refused()
    {
        var peer = KeyPair.Generate();
        using var certificate = TlsIdentity.MakeCertificate(peer.PublicKey, s => peer.Sign(s), Now);
        Assert.Equal(TlsCertificateFault.NotYetValid, TlsCertificate.Verify(certificate.RawData, Now.AddHours(-1).AddSeconds(-1), out _));
        Assert.Equal(TlsCertificateFault.None, TlsCertificate.Verify(certificate.RawData, Now.AddHours(-1), out _));
        Assert.Equal(TlsCertificateFault.Expired, TlsCertificate.Verify(certificate.RawData, Now.AddDays(100 * 365).AddSeconds(1), out _));
    }

    [Fact]
    public void A_certificate_without_a_host_key_or_with_two_is_refused()
    {
        Assert.Equal(TlsCertificateFault.NoHostKey, Verify(TlsTestCertificates.Make(Now, _ => [])));
        Assert.Equal(TlsCertificateFault.NoHostKey, Verify(TlsTestCertificates.Reworked(TlsTestCertificates.Make(Now), (fields, writer) => TlsTestCertificates.CopyAll(fields, writer, repeatExtensions: true))));
        Assert.Equal(TlsCertificateFault.NoHostKey, Verify(TlsTestCertificates.Make(Now, _ => [new X509Extension(SignedKey.Oid, [0x30, 0], critical: true)])));
    }

    [Fact]
    public void An_unknown_extension_is_ignored_unless_it_is_critical()
    {
        Assert.Equal(TlsCertificateFault.None, Verify(TlsTestCertificates.Make(Now, own => [own, new X509Extension("1.2.3.4", [5, 0], critical: false)])));
        Assert.Equal(TlsCertificateFault.CriticalExtension, Verify(TlsTestCertificates.Make(Now, own => [own, new X509Extension("1.2.3.4", [5, 0], critical: true)])));
    }

    [Fact]
    public void The_host_key_may_stand_in_a_critical_extension() =>
        Assert.Equal(TlsCertificateFault.None, Verify(TlsTestCertificates.Make(Now, own => [new X509Extension(own.Oid!, own.RawData, critical: true)])));

    [Fact]
    public void A_certificate_whose_own_signature_does_not_hold_is_refused()
    {
        using var certificate = TlsTestCertificates.Make(Now);
        var changed = certificate.RawData;
        changed[^1] ^= 1;
        Assert.Equal(TlsCertificateFault.SelfSignature, TlsCertificate.Verify(changed, Now, out _));
    }

    [Fact]
    public void A_certificate_that_another_key_issued_is_refused()
    {
        using var issuer = TlsTestCertificates.Make(Now, own => [own, new X509BasicConstraintsExtension(true, false, 0, false)]);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var peer = KeyPair.Generate();
        var request = new CertificateRequest("O=libp2p.io", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509Extension(SignedKey.Oid, new SignedKey(peer.PublicKey, peer.Sign(SignedKey.Statement(key.ExportSubjectPublicKeyInfo()))).Encode(), false));
        using var issued = request.Create(issuer, Now.AddMinutes(-1), Now.AddDays(1), [1, 2, 3]);
        Assert.Equal(TlsCertificateFault.SelfSignature, Verify(issued));
    }

    [Fact]
    public void A_signature_with_SHA_1_counts_for_nothing()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var message = "message"u8.ToArray();
#pragma warning disable CA5350 // what is refused has to be made
        var signature = key.SignData(message, HashAlgorithmName.SHA1, DSASignatureFormat.Rfc3279DerSequence);
#pragma warning restore CA5350
        Assert.False(CertificateSignature.Verify("1.2.840.10045.4.1", key.ExportSubjectPublicKeyInfo(), message, signature));
        Assert.False(CertificateSignature.Verify("1.2.840.10045.4.3.2", key.ExportSubjectPublicKeyInfo(), message, signature));
    }

    [Fact]
    public void Certificates_signed_by_RSA_and_by_other_hashes_are_let_in()
    {
        using var rsa = RSA.Create(2048);
        using var weak = RSA.Create(1024);
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        Assert.Equal(TlsCertificateFault.None, Verify(TlsTestCertificates.Make(Now, new CertificateRequest("O=libp2p.io", rsa, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1), rsa.ExportSubjectPublicKeyInfo())));
        Assert.Equal(TlsCertificateFault.None, Verify(TlsTestCertificates.Make(Now, new CertificateRequest("O=libp2p.io", p384, HashAlgorithmName.SHA384), p384.ExportSubjectPublicKeyInfo())));
        Assert.Equal(TlsCertificateFault.SelfSignature, Verify(TlsTestCertificates.Make(Now, new CertificateRequest("O=libp2p.io", weak, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1), weak.ExportSubjectPublicKeyInfo())));
    }

    [Fact]
    public void A_host_key_that_signed_another_key_is_refused()
    {
        var peer = KeyPair.Generate();
        using var certificate = TlsIdentity.MakeCertificate(peer.PublicKey, s => peer.Sign([.. s, 0]), Now);
        Assert.Equal(TlsCertificateFault.HostSignature, Verify(certificate));
        using var bare = TlsIdentity.MakeCertificate(peer.PublicKey, s => peer.Sign(s.AsSpan("libp2p-tls-handshake:".Length)), Now);
        Assert.Equal(TlsCertificateFault.HostSignature, Verify(bare));
    }

    [Fact]
    public void An_RSA_host_key_of_1024_bits_is_refused()
    {
        using var rsa = RSA.Create(1024);
        var key = new Libp2pPublicKey(KeyType.Rsa, rsa.ExportSubjectPublicKeyInfo());
        using var certificate = TlsIdentity.MakeCertificate(key, s => rsa.SignData(s, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1), Now);
        Assert.Equal(TlsCertificateFault.HostSignature, Verify(certificate));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_certificate_with_a_deprecated_unique_id_is_refused(int tag)
    {
        var certificate = TlsTestCertificates.Reworked(TlsTestCertificates.Make(Now), (fields, writer) => TlsTestCertificates.CopyAll(fields, writer, uniqueId: tag));
        Assert.Equal(TlsCertificateFault.Malformed, Verify(certificate));
    }

    [Fact]
    public void A_certificate_reworked_without_a_change_still_holds() =>
        Assert.Equal(TlsCertificateFault.None, Verify(TlsTestCertificates.Reworked(TlsTestCertificates.Make(Now), (fields, writer) => TlsTestCertificates.CopyAll(fields, writer))));

    [Fact]
    public void A_certificate_with_bytes_missing_behind_it_or_too_many_is_refused()
    {
        var bytes = Vector("Ed25519").Certificate;
        for (var n = 0; n < bytes.Length; n++) Assert.Equal(TlsCertificateFault.Malformed, TlsCertificate.Verify(bytes.AsMemory(0, n), Now, out _));
        Assert.Equal(TlsCertificateFault.Malformed, TlsCertificate.Verify((byte[])[.. bytes, 0], Now, out _));
        using var large = TlsTestCertificates.Make(Now, own => [own, new X509Extension("1.2.3.4", new byte[TlsCertificate.MaxLength], critical: false)]);
        Assert.Equal(TlsCertificateFault.Malformed, Verify(large));
    }

    [Fact]
    public void A_changed_byte_anywhere_ends_in_a_fault()
    {
        var bytes = Vector("ECDSA").Certificate;
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] ^= 0x10;
            Assert.NotEqual(TlsCertificateFault.None, TlsCertificate.Verify(bytes, Now, out _));
            bytes[i] ^= 0x10;
        }
    }

    private static (byte[] Certificate, string? Peer) Vector(string name)
    {
        var vector = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "vectors", "libp2p", "tls-certificates.json")))![name]!;
        return (Convert.FromHexString((string)vector["certificate"]!), (string?)vector["peer"]);
    }

    private static TlsCertificateFault Verify(X509Certificate2 certificate) => TlsCertificate.Verify(certificate.RawData, Now, out _);

    private static TlsCertificateFault Verify(byte[] certificate) => TlsCertificate.Verify(certificate, Now, out _);
}
