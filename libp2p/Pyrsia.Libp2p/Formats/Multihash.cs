using System.Security.Cryptography;

namespace Pyrsia.Libp2p;

/// <summary>A digest that says which function made it: uvarint code, uvarint length, digest. https://github.com/multiformats/multihash</summary>
public readonly record struct Multihash
{
    /// <summary>Code of the identity function: the digest is the content.</summary>
    public const ulong IdentityCode = 0x00;

    /// <summary>Code of SHA-256.</summary>
    public const ulong Sha256Code = 0x12;

    /// <summary>Longest digest that is accepted, in bytes: 64 of the widest functions, doubled for identity hashes of keys.</summary>
    public const int MaxDigestLength = 128;

    private readonly byte[]? bytes;
    private readonly int digestStart;

    private Multihash(byte[] bytes, ulong code, int digestStart)
    {
        this.bytes = bytes;
        this.digestStart = digestStart;
        Code = code;
    }

    /// <summary>The function's multicodec.</summary>
    public ulong Code { get; }

    /// <summary>The whole multihash.</summary>
    public ReadOnlyMemory<byte> Bytes => bytes;

    /// <summary>The digest alone.</summary>
    public ReadOnlySpan<byte> Digest => bytes.AsSpan(digestStart);

    /// <summary>Wraps a SHA-256 digest of 32 bytes.</summary>
    public static Multihash FromSha256(ReadOnlySpan<byte> digest) => digest.Length == SHA256.HashSizeInBytes
        ? Create(Sha256Code, digest)
        : throw new Libp2pFormatException("A SHA-256 digest has 32 bytes.");

    /// <summary>Hashes <paramref name="content"/> with SHA-256.</summary>
    public static Multihash OfSha256(ReadOnlySpan<byte> content) => FromSha256(SHA256.HashData(content));

    /// <summary>Wraps a digest made by the function <paramref name="code"/>.</summary>
    public static Multihash Create(ulong code, ReadOnlySpan<byte> digest)
    {
        if (digest.Length > MaxDigestLength) throw new Libp2pFormatException("A digest has at most 128 bytes.");
        Span<byte> head = stackalloc byte[2 * Uvarint.MaxLength];
        var n = Uvarint.Write(head, code);
        n += Uvarint.Write(head[n..], (ulong)digest.Length);
        return new Multihash([.. head[..n], .. digest], code, n);
    }

    /// <summary>Decodes exactly the given bytes; false when they are cut off, too long or a SHA-256 of another length than 32.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> source, out Multihash multihash)
    {
        multihash = default;
        if (!Uvarint.TryRead(source, out var code, out var a)) return false;
        if (!Uvarint.TryRead(source[a..], out var length, out var b)) return false;
        if (length > MaxDigestLength || source.Length - a - b != (int)length) return false;
        if (code == Sha256Code && length != SHA256.HashSizeInBytes) return false;
        multihash = new Multihash(source.ToArray(), code, a + b);
        return true;
    }

    /// <summary>Same function and same digest.</summary>
    public bool Equals(Multihash other) => Bytes.Span.SequenceEqual(other.Bytes.Span);

    /// <inheritdoc/>
    public override int GetHashCode() => SpanHash.Of(Bytes.Span);

    /// <summary>base58btc, without multibase prefix.</summary>
    public override string ToString() => Base58.Encode(Bytes.Span);
}
