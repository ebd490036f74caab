using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Pyrsia.Libp2p;

/// <summary>A payload with its signer's key and a signature bound to a domain: public_key = 1, payload_type = 2, payload = 3, signature = 5.
/// https://github.com/libp2p/specs/blob/master/RFC/0002-signed-envelopes.md</summary>
public sealed class SignedEnvelope
{
    /// <summary>Longest encoded envelope, in bytes.</summary>
    public const int MaxLength = 16 * 1024;

    private SignedEnvelope(Libp2pPublicKey key, byte[] payloadType, byte[] payload, byte[] signature)
    {
        PublicKey = key;
        PayloadType = payloadType;
        Payload = payload;
        Signature = signature;
    }

    /// <summary>The signer's key.</summary>
    public Libp2pPublicKey PublicKey { get; }

    /// <summary>Multicodec that says what the payload is.</summary>
    public ReadOnlyMemory<byte> PayloadType { get; }

    /// <summary>The signed bytes.</summary>
    public ReadOnlyMemory<byte> Payload { get; }

    /// <summary>The signature.</summary>
    public ReadOnlyMemory<byte> Signature { get; }

    /// <summary>Signs a payload.</summary>
    public static SignedEnvelope Seal(KeyPair signer, string domain, ReadOnlySpan<byte> payloadType, ReadOnlySpan<byte> payload)
    {
        ArgumentNullException.ThrowIfNull(signer);
        return new SignedEnvelope(signer.PublicKey, payloadType.ToArray(), payload.ToArray(), signer.Sign(SignedBytes(domain, payloadType, payload)));
    }

    /// <summary>Decodes and checks the signature under <paramref name="domain"/> and the type; false when anything differs.</summary>
    public static bool TryOpen(ReadOnlySpan<byte> source, string domain, ReadOnlySpan<byte> payloadType, [NotNullWhen(true)] out SignedEnvelope? envelope)
    {
        envelope = null;
        if (source.Length > MaxLength) return false;
        ReadOnlySpan<byte> key = default, type = default, payload = default, signature = default;
        var reader = new ProtoReader(source);
        while (reader.Next())
        {
            if (reader.IsBytes(1)) key = reader.Bytes;
            else if (reader.IsBytes(2)) type = reader.Bytes;
            else if (reader.IsBytes(3)) payload = reader.Bytes;
            else if (reader.IsBytes(5)) signature = reader.Bytes;
        }
        if (reader.Failed || !type.SequenceEqual(payloadType) || !Libp2pPublicKey.TryDecode(key, out var publicKey)) return false;
        if (!publicKey.Verify(SignedBytes(domain, type, payload), signature)) return false;
        envelope = new SignedEnvelope(publicKey, type.ToArray(), payload.ToArray(), signature.ToArray());
        return true;
    }

    /// <summary>The protobuf.</summary>
    public byte[] Encode() => new ProtoWriter()
        .Bytes(1, PublicKey.Encode()).Bytes(2, PayloadType.Span).Bytes(3, Payload.Span).Bytes(5, Signature.Span).ToArray();

    private static byte[] SignedBytes(string domain, ReadOnlySpan<byte> type, ReadOnlySpan<byte> payload)
    {
        var buffer = new ArrayBufferWriter<byte>();
        AppendPrefixed(buffer, Encoding.UTF8.GetBytes(domain));
        AppendPrefixed(buffer, type);
        AppendPrefixed(buffer, payload);
        return buffer.WrittenSpan.ToArray();
    }

    private static void AppendPrefixed(ArrayBufferWriter<byte> buffer, ReadOnlySpan<byte> value)
    {
        Uvarint.Append(buffer, (ulong)value.Length);
        buffer.Write(value);
    }
}
