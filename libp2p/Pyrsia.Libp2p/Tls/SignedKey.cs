using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;

namespace Pyrsia.Libp2p;

/// <summary>What the libp2p extension of a certificate carries: the host key, and its signature over the certificate's own key.
/// <code>SignedKey ::= SEQUENCE { publicKey OCTET STRING, signature OCTET STRING }</code>
/// https://github.com/libp2p/specs/blob/master/tls/tls.md#libp2p-public-key-extension</summary>
internal sealed record SignedKey(Libp2pPublicKey Key, ReadOnlyMemory<byte> Signature)
{
    /// <summary>Object identifier of the extension.</summary>
    public const string Oid = "1.3.6.1.4.1.53594.1.1";

    private static ReadOnlySpan<byte> SignedPrefix => "libp2p-tls-handshake:"u8;

    /// <summary>The bytes that the host key signs: a prefix and the certificate's key as SubjectPublicKeyInfo.</summary>
    public static byte[] Statement(ReadOnlySpan<byte> certificateKey) => [.. SignedPrefix, .. certificateKey];

    /// <summary>True when the host key signed the certificate's key.</summary>
    public bool Signs(ReadOnlySpan<byte> certificateKey) => Key.Verify(Statement(certificateKey), Signature.Span);

    public byte[] Encode()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteOctetString(Key.Encode());
            writer.WriteOctetString(Signature.Span);
        }
        return writer.Encode();
    }

    /// <summary>Decodes; false unless it is exactly such a sequence with a key of a known kind.</summary>
    public static bool TryDecode(ReadOnlyMemory<byte> source, [NotNullWhen(true)] out SignedKey? signed)
    {
        signed = null;
        try
        {
            var reader = new AsnReader(source, AsnEncodingRules.DER);
            var sequence = reader.ReadSequence();
            reader.ThrowIfNotEmpty();
            var key = sequence.ReadOctetString();
            var signature = sequence.ReadOctetString();
            sequence.ThrowIfNotEmpty();
            if (!Libp2pPublicKey.TryDecode(key, out var hostKey)) return false;
            signed = new SignedKey(hostKey, signature);
            return true;
        }
        catch (AsnContentException)
        {
            return false;
        }
    }
}
