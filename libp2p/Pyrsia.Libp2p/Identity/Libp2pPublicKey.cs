using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Pyrsia.Curve25519;

namespace Pyrsia.Libp2p;

/// <summary>Public key in libp2p's protobuf form: Type = 1, Data = 2, always in that order.
/// https://github.com/libp2p/specs/blob/master/peer-ids/peer-ids.md#keys</summary>
/// <remarks>Signatures are checked for all four types; RSA keys have at least 2048 bits.</remarks>
public sealed class Libp2pPublicKey : IEquatable<Libp2pPublicKey>
{
    /// <summary>Longest key data, in bytes: an 8192-bit RSA key in PKIX form is shorter.</summary>
    public const int MaxDataLength = 1200;

    /// <summary>Weakest RSA key whose signatures count, in bits.</summary>
    public const int MinRsaBits = 2048;

    private readonly byte[] data;

    internal Libp2pPublicKey(KeyType type, byte[] data)
    {
        Type = type;
        this.data = data;
    }

    /// <summary>The kind of key.</summary>
    public KeyType Type { get; }

    /// <summary>The key in the form that its type prescribes.</summary>
    public ReadOnlyMemory<byte> Data => data;

    /// <summary>Decodes the protobuf; false unless it is the canonical encoding of a known type.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> source, [NotNullWhen(true)] out Libp2pPublicKey? key)
    {
        key = null;
        ulong? type = null;
        ReadOnlySpan<byte> data = default;
        var reader = new ProtoReader(source);
        while (reader.Next())
        {
            if (reader.IsNumber(1)) type = reader.Number;
            else if (reader.IsBytes(2)) data = reader.Bytes;
        }
        if (reader.Failed || type is null or > 3 || data.Length is 0 or > MaxDataLength) return false;
        var wanted = (KeyType)type switch { KeyType.Ed25519 => 32, KeyType.Secp256k1 => Secp256k1.CompressedLength, _ => data.Length };
        if (data.Length != wanted) return false;
        var candidate = new Libp2pPublicKey((KeyType)type, data.ToArray());
        if (!source.SequenceEqual(candidate.Encode())) return false;
        key = candidate;
        return true;
    }

    /// <summary>The canonical protobuf.</summary>
    public byte[] Encode() => new ProtoWriter().Number(1, (ulong)Type).Bytes(2, data).ToArray();

    /// <summary>True when <paramref name="signature"/> over <paramref name="message"/> was made by this key.</summary>
    public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        try
        {
            switch (Type)
            {
                case KeyType.Ed25519:
                    return Ed25519PublicKey.TryCreate(data, out var ed) && ed.Verify(message, signature);
                case KeyType.Ecdsa:
                    using (var ecdsa = ECDsa.Create())
                    {
                        ecdsa.ImportSubjectPublicKeyInfo(data, out _);
                        return ecdsa.VerifyData(message, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
                    }
                case KeyType.Rsa:
                    using (var rsa = RSA.Create())
                    {
                        rsa.ImportSubjectPublicKeyInfo(data, out _);
                        return rsa.KeySize >= MinRsaBits && rsa.VerifyData(message, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
                    }
                case KeyType.Secp256k1:
                    return Secp256k1.Verify(data, message, signature);
                default:
                    return false;
            }
        }
        catch (Exception e) when (e is CryptographicException or PlatformNotSupportedException)
        {
            // The second is raised for a curve that the platform does not know: the peer chose it.
            return false;
        }
    }

    /// <inheritdoc/>
    public bool Equals(Libp2pPublicKey? other) => other is not null && Type == other.Type && data.AsSpan().SequenceEqual(other.data);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Libp2pPublicKey);

    /// <inheritdoc/>
    public override int GetHashCode() => SpanHash.Of(data);
}
