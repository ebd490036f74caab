using System.Buffers.Binary;

namespace Pyrsia.Consensus;

/// <summary>
/// The bytes that a vote signs:
/// <code>
/// "pyrsia-bft/v1" 00 | chain id (32) | epoch (u64be) | view (u64be) | kind (u8) | block hash (32, zero for nullify)
/// </code>
/// </summary>
public static class VoteBytes
{
    /// <summary>Length of the signed bytes: 14 + 32 + 8 + 8 + 1 + 32.</summary>
    public const int Length = 95;

    private static ReadOnlySpan<byte> Domain => "pyrsia-bft/v1\0"u8;

    /// <summary>Writes the signed bytes into <paramref name="destination"/>, which holds at least <see cref="Length"/> bytes.</summary>
    public static void Write(Span<byte> destination, Hash256 chainId, VoteKind kind, Epoch epoch, View view, Hash256 block)
    {
        Domain.CopyTo(destination);
        chainId.CopyTo(destination[14..]);
        BinaryPrimitives.WriteUInt64BigEndian(destination[46..], epoch.Number);
        BinaryPrimitives.WriteUInt64BigEndian(destination[54..], view.Number);
        destination[62] = (byte)kind;
        block.CopyTo(destination[63..]);
    }
}
