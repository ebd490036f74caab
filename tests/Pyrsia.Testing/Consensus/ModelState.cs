using System.Buffers.Binary;
using System.Numerics;
using Pyrsia.Consensus;

namespace Pyrsia.Testing.Consensus;

/// <summary>One state of <see cref="ModelLedger"/>, an overlay over its parent's.</summary>
public sealed class ModelState(ModelState? parent, ulong size, Hash256 root, ulong[] keys, int depth, long? deadline) : IApplicationState
{
    public ulong Size { get; } = size;

    public Hash256 Root { get; } = root;

    public int Depth { get; } = depth;

    /// <summary>Log time at which a leaf is derived; null when none is due.</summary>
    public long? Deadline { get; } = deadline;

    public bool Contains(ulong key)
    {
        for (var state = this; state is not null; state = state.Above)
            if (state.Keys.AsSpan().Contains(key)) return true;
        return false;
    }

    private ModelState? Above { get; } = parent;

    private ulong[] Keys { get; } = keys;

    /// <summary>The root after one more leaf: an order-dependent mix, enough to notice every difference that a simulated liar makes.</summary>
    public static Hash256 Extend(Hash256 root, ulong leaf)
    {
        Span<byte> bytes = stackalloc byte[Hash256.Size];
        root.CopyTo(bytes);
        unchecked
        {
            var a = BinaryPrimitives.ReadUInt64BigEndian(bytes);
            var b = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
            a = BitOperations.RotateLeft((a ^ leaf) * 0x9E3779B97F4A7C15, 31) + 1;
            b = BitOperations.RotateLeft((b + a) * 0xBF58476D1CE4E5B9, 27) ^ leaf;
            BinaryPrimitives.WriteUInt64BigEndian(bytes, a);
            BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], b);
        }
        return new Hash256(bytes);
    }
}
