using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;

namespace Pyrsia.Libp2p;

/// <summary>A peer's self-signed certificate, as a value: bytes and a time in, host key or fault out. Names, serial number and non-critical extensions mean nothing here.
/// <code>
///   Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signature BIT STRING }
///   tbsCertificate ::= SEQUENCE { [0] version, serialNumber, signature, issuer, validity, subject, subjectPublicKeyInfo, [3] extensions }
/// </code>
/// https://www.rfc-editor.org/rfc/rfc5280#section-4.1 and https://github.com/libp2p/specs/blob/master/tls/tls.md#peer-authentication</summary>
internal sealed class TlsCertificate
{
    /// <summary>Longest certificate, in bytes: the largest host key with its signature, three times over.</summary>
    public const int MaxLength = 8 * 1024;

    private const int Version3 = 2;

    private static readonly Asn1Tag VersionTag = new(TagClass.ContextSpecific, 0);
    private static readonly Asn1Tag ExtensionsTag = new(TagClass.ContextSpecific, 3);

    private ReadOnlyMemory<byte> signedPart;
    private ReadOnlyMemory<byte> signature;
    private ReadOnlyMemory<byte> key;
    private ReadOnlyMemory<byte> hostKeyExtension;
    private string algorithm = "";
    private DateTimeOffset notBefore;
    private DateTimeOffset notAfter;
    private int hostKeyExtensions;
    private bool hasUnknownCritical;

    private TlsCertificate()
    {
    }

    /// <summary>Decodes a certificate and checks all that can be checked without knowing who was dialed.</summary>
    public static TlsCertificateFault Verify(ReadOnlyMemory<byte> der, DateTimeOffset now, [NotNullWhen(true)] out Libp2pPublicKey? hostKey)
    {
        hostKey = null;
        if (!TryDecode(der, out var certificate)) return TlsCertificateFault.Malformed;
        if (now < certificate.notBefore) return TlsCertificateFault.NotYetValid;
        if (now > certificate.notAfter) return TlsCertificateFault.Expired;
        if (certificate.hasUnknownCritical) return TlsCertificateFault.CriticalExtension;
        if (certificate.hostKeyExtensions != 1 || !SignedKey.TryDecode(certificate.hostKeyExtension, out var signed)) return TlsCertificateFault.NoHostKey;
        if (!CertificateSignature.Verify(certificate.algorithm, certificate.key, certificate.signedPart.Span, certificate.signature.Span)) return TlsCertificateFault.SelfSignature;
        if (!signed.Signs(certificate.key.Span)) return TlsCertificateFault.HostSignature;
        hostKey = signed.Key;
        return TlsCertificateFault.None;
    }

    private static bool TryDecode(ReadOnlyMemory<byte> der, [NotNullWhen(true)] out TlsCertificate? certificate)
    {
        certificate = null;
        if (der.Length > MaxLength) return false;
        try
        {
            var result = new TlsCertificate();
            var outer = new AsnReader(der, AsnEncodingRules.DER);
            var sequence = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            result.signedPart = sequence.ReadEncodedValue();
            var signatureAlgorithm = sequence.PeekEncodedValue();
            result.algorithm = sequence.ReadSequence().ReadObjectIdentifier();
            result.signature = sequence.ReadBitString(out var unusedBits);
            sequence.ThrowIfNotEmpty();
            if (unusedBits != 0 || !result.ReadSignedPart(signatureAlgorithm.Span)) return false;
            certificate = result;
            return true;
        }
        catch (AsnContentException)
        {
            return false;
        }
    }

    private bool ReadSignedPart(ReadOnlySpan<byte> signatureAlgorithm)
    {
        var fields = new AsnReader(signedPart, AsnEncodingRules.DER).ReadSequence();
        if (!fields.PeekTag().HasSameClassAndValue(VersionTag)) return false;
        var version = fields.ReadSequence(VersionTag);
        if (!version.TryReadInt32(out var number) || number != Version3) return false;
        version.ThrowIfNotEmpty();
        _ = fields.ReadIntegerBytes();
        if (!fields.PeekEncodedValue().Span.SequenceEqual(signatureAlgorithm)) return false;
        _ = fields.ReadSequence();
        _ = fields.ReadSequence();
        var validity = fields.ReadSequence();
        notBefore = ReadTime(validity);
        notAfter = ReadTime(validity);
        validity.ThrowIfNotEmpty();
        _ = fields.ReadSequence();
        key = fields.PeekEncodedValue();
        _ = fields.ReadSequence();
        if (!fields.HasData) return true;
        // The unique ids would stand here, with the tags 1 and 2.
        var extensions = fields.ReadSequence(ExtensionsTag);
        fields.ThrowIfNotEmpty();
        ReadExtensions(extensions.ReadSequence());
        extensions.ThrowIfNotEmpty();
        return true;
    }

    private void ReadExtensions(AsnReader extensions)
    {
        while (extensions.HasData)
        {
            var extension = extensions.ReadSequence();
            var oid = extension.ReadObjectIdentifier();
            var critical = extension.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean) && extension.ReadBoolean();
            var value = extension.ReadOctetString();
            extension.ThrowIfNotEmpty();
            if (oid == SignedKey.Oid)
            {
                hostKeyExtension = value;
                hostKeyExtensions++;
            }
            else if (critical)
            {
                hasUnknownCritical = true;
            }
        }
    }

    private static DateTimeOffset ReadTime(AsnReader reader) =>
        reader.PeekTag().HasSameClassAndValue(Asn1Tag.UtcTime) ? reader.ReadUtcTime() : reader.ReadGeneralizedTime();
}
