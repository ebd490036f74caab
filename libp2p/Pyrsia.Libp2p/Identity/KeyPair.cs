using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Pyrsia.Curve25519;

namespace Pyrsia.Libp2p;

/// <summary>An Ed25519 identity: signs as the peer that it names.</summary>
public sealed class KeyPair
{
    private const int SeedLength = 32;
    private const int PrivateLength = 64;
    private const int LegacyPrivateLength = 96;
    private readonly Ed25519PrivateKey key;

    private KeyPair(Ed25519PrivateKey key)
    {
        this.key = key;
        PublicKey = new Libp2pPublicKey(KeyType.Ed25519, key.PublicKey.Bytes.ToArray());
        PeerId = PeerId.FromPublicKey(PublicKey);
    }

    /// <summary>The public half.</summary>
    public Libp2pPublicKey PublicKey { get; }

    /// <summary>The peer that this key names.</summary>
    public PeerId PeerId { get; }

    /// <summary>A new random identity.</summary>
    public static KeyPair Generate() => new(Ed25519PrivateKey.Generate());

    /// <summary>The identity of a seed of 32 bytes (RFC 8032).</summary>
    public static KeyPair FromSeed(ReadOnlySpan<byte> seed) => new(Ed25519PrivateKey.FromSeed(seed));

    /// <summary>Signs; the signature has 64 bytes.</summary>
    public byte[] Sign(ReadOnlySpan<byte> message) => key.Sign(message);

    /// <summary>A copy of the 32-byte Ed25519 seed: the secret itself.</summary>
    public byte[] ExportSeed() => key.ExportSeed();

    /// <summary>The private key protobuf: Type = 1, Data = 2 with seed and public key.</summary>
    public byte[] EncodePrivate()
    {
        var seed = key.ExportSeed();
        byte[] data = [.. seed, .. PublicKey.Data.Span];
        var encoded = new ProtoWriter().Number(1, (ulong)KeyType.Ed25519).Bytes(2, data).ToArray();
        CryptographicOperations.ZeroMemory(seed);
        CryptographicOperations.ZeroMemory(data);
        return encoded;
    }

    /// <summary>Decodes a private key protobuf of 64 bytes, or the legacy 96 with the public key twice; false when the halves do not belong together.</summary>
    public static bool TryDecodePrivate(ReadOnlySpan<byte> source, [NotNullWhen(true)] out KeyPair? pair)
    {
        pair = null;
        ulong? type = null;
        ReadOnlySpan<byte> data = default;
        var reader = new ProtoReader(source);
        while (reader.Next())
        {
            if (reader.IsNumber(1)) type = reader.Number;
            else if (reader.IsBytes(2)) data = reader.Bytes;
        }
        if (reader.Failed || type != (ulong)KeyType.Ed25519 || data.Length is not (PrivateLength or LegacyPrivateLength)) return false;
        var candidate = FromSeed(data[..SeedLength]);
        for (var at = SeedLength; at < data.Length; at += SeedLength)
            if (!data.Slice(at, SeedLength).SequenceEqual(candidate.PublicKey.Data.Span)) return false;
        pair = candidate;
        return true;
    }
}
