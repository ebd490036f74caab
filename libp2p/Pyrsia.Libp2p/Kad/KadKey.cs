using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;

namespace Pyrsia.Libp2p;

/// <summary>A point of the DHT's key space: SHA-256 of a peer id or of a content key; distance is XOR.</summary>
internal readonly record struct KadKey(ulong A, ulong B, ulong C, ulong D) : IComparable<KadKey>
{
    public const int Bits = 256;

    public static KadKey Of(ReadOnlySpan<byte> key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(key, hash);
        return new KadKey(
            BinaryPrimitives.ReadUInt64BigEndian(hash),
            BinaryPrimitives.ReadUInt64BigEndian(hash[8..]),
            BinaryPrimitives.ReadUInt64BigEndian(hash[16..]),
            BinaryPrimitives.ReadUInt64BigEndian(hash[24..]));
    }

    public static KadKey Of(PeerId peer) => Of(peer.Bytes.Span);

    public KadKey DistanceTo(KadKey other) => new(A ^ other.A, B ^ other.B, C ^ other.C, D ^ other.D);

    /// <summary>Leading bits that both have in common; 256 for equal keys.</summary>
    public int CommonPrefix(KadKey other)
    {
        var d = DistanceTo(other);
        if (d.A != 0) return BitOperations.LeadingZeroCount(d.A);
        if (d.B != 0) return 64 + BitOperations.LeadingZeroCount(d.B);
        if (d.C != 0) return 128 + BitOperations.LeadingZeroCount(d.C);
        return 192 + BitOperations.LeadingZeroCount(d.D);
    }

    /// <summary>The point that differs in one bit; bit 0 is the first.</summary>
    public KadKey Flip(int bit)
    {
        var mask = 1UL << (63 - bit % 64);
        return (bit / 64) switch { 0 => this with { A = A ^ mask }, 1 => this with { B = B ^ mask }, 2 => this with { C = C ^ mask }, _ => this with { D = D ^ mask } };
    }

    public int CompareTo(KadKey other)
    {
        if (A != other.A) return A.CompareTo(other.A);
        if (B != other.B) return B.CompareTo(other.B);
        return C != other.C ? C.CompareTo(other.C) : D.CompareTo(other.D);
    }
}
