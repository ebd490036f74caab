using System.Buffers.Binary;

namespace Pyrsia.Consensus;

/// <summary>
/// What is around every message: the epoch that it is of, since sets of different epochs write certificates differently.
/// <code>epoch u64be | message</code>
/// </summary>
internal static class EpochEnvelope
{
    /// <summary>Bytes before the message.</summary>
    public const int Bytes = 8;

    public static byte[] Wrap(Epoch epoch, ReadOnlySpan<byte> message)
    {
        var bytes = new byte[Bytes + message.Length];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, epoch.Number);
        message.CopyTo(bytes.AsSpan(Bytes));
        return bytes;
    }

    public static bool TryOpen(ReadOnlySpan<byte> bytes, out Epoch epoch, out ReadOnlySpan<byte> message)
    {
        epoch = default;
        message = default;
        if (bytes.Length <= Bytes) return false;
        epoch = new Epoch(BinaryPrimitives.ReadUInt64BigEndian(bytes));
        message = bytes[Bytes..];
        return true;
    }
}
