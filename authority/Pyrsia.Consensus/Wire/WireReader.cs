using System.Buffers.Binary;

namespace Pyrsia.Consensus;

/// <summary>
/// Reads big-endian fields. The first read past the end or out of range sets <see cref="Failed"/>; every later read yields zeros, so a
/// decoder checks once at the end and wherever a value decides how much memory is taken.
/// </summary>
internal ref struct WireReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public bool Failed { get; private set; }

    public readonly bool AtEnd => !Failed && _rest.IsEmpty;

    public readonly int Remaining => _rest.Length;

    public byte Byte()
    {
        var taken = Take(1);
        return taken.IsEmpty ? (byte)0 : taken[0];
    }

    public ushort UInt16()
    {
        var taken = Take(2);
        return taken.IsEmpty ? (ushort)0 : BinaryPrimitives.ReadUInt16BigEndian(taken);
    }

    public uint UInt32()
    {
        var taken = Take(4);
        return taken.IsEmpty ? 0 : BinaryPrimitives.ReadUInt32BigEndian(taken);
    }

    public ulong UInt64()
    {
        var taken = Take(8);
        return taken.IsEmpty ? 0 : BinaryPrimitives.ReadUInt64BigEndian(taken);
    }

    /// <summary>An unsigned number of at most <paramref name="max"/>.</summary>
    public ulong UInt64(ulong max)
    {
        var value = UInt64();
        if (value > max) Fail();
        return Failed ? 0 : value;
    }

    /// <summary>A count of items that take at least <paramref name="minBytes"/> each: bounded by the limit and by what is left.</summary>
    public int Count(int max, int minBytes)
    {
        var value = UInt32();
        if (value > (uint)max || (long)value * minBytes > _rest.Length) Fail();
        return Failed ? 0 : (int)value;
    }

    public Hash256 Hash()
    {
        var taken = Take(Hash256.Size);
        return taken.IsEmpty ? default : new Hash256(taken);
    }

    public VoteSignature Signature()
    {
        var taken = Take(VoteSignature.Size);
        return taken.IsEmpty ? default : new VoteSignature(taken);
    }

    public Epoch Epoch() => new(UInt64(Consensus.View.MaxNumber));

    public View View() => new(UInt64(Consensus.View.MaxNumber));

    /// <summary>A flag that is exactly 0 or 1.</summary>
    public bool Flag()
    {
        var value = Byte();
        if (value > 1) Fail();
        return value == 1;
    }

    public ReadOnlySpan<byte> Take(int count)
    {
        if (Failed || count > _rest.Length)
        {
            Fail();
            return default;
        }
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    public void Fail()
    {
        Failed = true;
        _rest = default;
    }
}
