using System.Buffers.Binary;
using System.Numerics;

namespace Pyrsia.Contracts;

/// <summary>CRC-32C (Castagnoli), reflected, as in RFC 3720 appendix B.4.</summary>
public static class Crc32C
{
    /// <summary>The checksum of some bytes; finds what a disk lost or changed, and nothing that somebody meant.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        for (; bytes.Length >= 8; bytes = bytes[8..]) crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var rest in bytes) crc = BitOperations.Crc32C(crc, rest);
        return ~crc;
    }
}
