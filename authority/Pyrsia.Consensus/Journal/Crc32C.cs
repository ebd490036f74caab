using System.Buffers.Binary;
using System.Numerics;

namespace Pyrsia.Consensus;

/// <summary>CRC-32C (Castagnoli), reflected, as in RFC 3720 appendix B.4.</summary>
internal static class Crc32C
{
    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        for (; bytes.Length >= 8; bytes = bytes[8..]) crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var rest in bytes) crc = BitOperations.Crc32C(crc, rest);
        return ~crc;
    }
}
