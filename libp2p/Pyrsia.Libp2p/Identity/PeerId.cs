using System.Security.Cryptography;

namespace Pyrsia.Libp2p;

/// <summary>Name of a peer: multihash of its protobuf-encoded public key, identity hash up to 42 bytes, SHA-256 above.
/// https://github.com/libp2p/specs/blob/master/peer-ids/peer-ids.md</summary>
public readonly record struct PeerId : IComparable<PeerId>
{
    /// <summary>Longest encoded key that is embedded instead of hashed, in bytes.</summary>
    public const int MaxInlineKeyLength = 42;

    /// <summary>Longest text that is parsed, in characters.</summary>
    public const int MaxTextLength = 128;

    private readonly Multihash hash;

    private PeerId(Multihash hash) => this.hash = hash;

    /// <summary>The multihash.</summary>
    public ReadOnlyMemory<byte> Bytes => hash.Bytes;

    /// <summary>True for the default value, which names nobody.</summary>
    public bool IsEmpty => hash.Bytes.IsEmpty;

    /// <summary>The id of a key.</summary>
    public static PeerId FromPublicKey(Libp2pPublicKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        var encoded = key.Encode();
        return new PeerId(encoded.Length <= MaxInlineKeyLength
            ? Multihash.Create(Multihash.IdentityCode, encoded)
            : Multihash.FromSha256(SHA256.HashData(encoded)));
    }

    /// <summary>Decodes the multihash; only SHA-256 and identity hashes of at most 42 bytes name a peer.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> source, out PeerId id)
    {
        id = default;
        if (!Multihash.TryDecode(source, out var hash)) return false;
        var valid = hash.Code switch
        {
            Multihash.Sha256Code => true,
            Multihash.IdentityCode => hash.Digest.Length is > 0 and <= MaxInlineKeyLength,
            _ => false,
        };
        if (valid) id = new PeerId(hash);
        return valid;
    }

    /// <summary>Parses base58btc (<c>12D3…</c>, <c>Qm…</c>) or a CIDv1 with codec libp2p-key.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out PeerId id)
    {
        id = default;
        if (text.Length is 0 or > MaxTextLength) return false;
        if (text[0] == '1' || text.StartsWith("Qm")) return Base58.TryDecode(text, out var bytes) && TryDecode(bytes, out id);
        return Cid.TryParse(text, out var cid) && cid.Codec == Cid.Libp2pKey && TryDecode(cid.Hash.Bytes.Span, out id);
    }

    /// <summary>Parses either text form or raises <see cref="Libp2pFormatException"/>.</summary>
    public static PeerId Parse(string text) =>
        TryParse(text, out var id) ? id : throw new Libp2pFormatException($"'{text}' is not a peer id.");

    /// <summary>The key itself when the id embeds it, as it does for Ed25519.</summary>
    public bool TryGetPublicKey([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Libp2pPublicKey? key)
    {
        key = null;
        return !IsEmpty && hash.Code == Multihash.IdentityCode && Libp2pPublicKey.TryDecode(hash.Digest, out key);
    }

    /// <summary>The CIDv1 form.</summary>
    public string ToCidString() => Cid.V1(Cid.Libp2pKey, hash).ToString();

    /// <summary>Order of the bytes.</summary>
    public int CompareTo(PeerId other) => Bytes.Span.SequenceCompareTo(other.Bytes.Span);

    /// <summary>The base58btc form.</summary>
    public override string ToString() => Base58.Encode(Bytes.Span);

    /// <summary>Byte order.</summary>
    public static bool operator <(PeerId left, PeerId right) => left.CompareTo(right) < 0;

    /// <summary>Byte order.</summary>
    public static bool operator >(PeerId left, PeerId right) => left.CompareTo(right) > 0;

    /// <summary>Byte order.</summary>
    public static bool operator <=(PeerId left, PeerId right) => left.CompareTo(right) <= 0;

    /// <summary>Byte order.</summary>
    public static bool operator >=(PeerId left, PeerId right) => left.CompareTo(right) >= 0;
}
