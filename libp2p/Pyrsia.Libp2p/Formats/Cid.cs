namespace Pyrsia.Libp2p;

/// <summary>Content identifier: version 0 is a bare SHA-256 multihash in base58btc, version 1 is version, codec and multihash in multibase.
/// https://github.com/multiformats/cid</summary>
public readonly record struct Cid
{
    /// <summary>Codec of version 0.</summary>
    public const ulong DagPb = 0x70;

    /// <summary>Codec of bytes without structure.</summary>
    public const ulong Raw = 0x55;

    /// <summary>Codec of a libp2p key, used by the CID form of peer ids.</summary>
    public const ulong Libp2pKey = 0x72;

    private Cid(int version, ulong codec, Multihash hash)
    {
        Version = version;
        Codec = codec;
        Hash = hash;
    }

    /// <summary>0 or 1.</summary>
    public int Version { get; }

    /// <summary>Multicodec of the content.</summary>
    public ulong Codec { get; }

    /// <summary>Multihash of the content.</summary>
    public Multihash Hash { get; }

    /// <summary>A version 1 identifier.</summary>
    public static Cid V1(ulong codec, Multihash hash) => new(1, codec, hash);

    /// <summary>A version 0 identifier; the hash must be SHA-256.</summary>
    public static Cid V0(Multihash hash) => hash.Code == Multihash.Sha256Code
        ? new Cid(0, DagPb, hash)
        : throw new Libp2pFormatException("A CIDv0 carries a SHA-256 multihash.");

    /// <summary>The binary form.</summary>
    public byte[] ToBytes()
    {
        if (Version == 0) return Hash.Bytes.ToArray();
        Span<byte> head = stackalloc byte[2 * Uvarint.MaxLength];
        var n = Uvarint.Write(head, 1);
        n += Uvarint.Write(head[n..], Codec);
        return [.. head[..n], .. Hash.Bytes.Span];
    }

    /// <summary>Decodes the binary form of either version.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> source, out Cid cid)
    {
        cid = default;
        if (source.Length == 34 && source[0] == Multihash.Sha256Code && source[1] == 32)
        {
            if (!Multihash.TryDecode(source, out var v0)) return false;
            cid = new Cid(0, DagPb, v0);
            return true;
        }
        if (!Uvarint.TryRead(source, out var version, out var a) || version != 1) return false;
        if (!Uvarint.TryRead(source[a..], out var codec, out var b)) return false;
        if (!Multihash.TryDecode(source[(a + b)..], out var hash)) return false;
        cid = new Cid(1, codec, hash);
        return true;
    }

    /// <summary>Parses the text of either version.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Cid cid)
    {
        cid = default;
        if (text.Length == 46 && text.StartsWith("Qm")) return Base58.TryDecode(text, out var v0) && TryDecode(v0, out cid);
        return Multibase.TryDecode(text, out var bytes) && TryDecode(bytes, out cid) && cid.Version == 1;
    }

    /// <summary>base58btc for version 0, base32 multibase for version 1.</summary>
    public override string ToString() => Version == 0 ? Hash.ToString() : Multibase.EncodeBase32(ToBytes());
}
