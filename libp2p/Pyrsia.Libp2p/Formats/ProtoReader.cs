using System.Buffers.Binary;

namespace Pyrsia.Libp2p;

/// <summary>Walks the fields of one protobuf message without allocating. A message is well formed when <see cref="Next"/> ends with <see cref="Failed"/> false.
/// https://protobuf.dev/programming-guides/encoding/</summary>
internal ref struct ProtoReader
{
    private const int MaxVarintLength = 10;
    private ReadOnlySpan<byte> rest;

    public ProtoReader(ReadOnlySpan<byte> message) => rest = message;

    /// <summary>Field number of the current field.</summary>
    public int Field { get; private set; }

    /// <summary>Wire type of the current field: 0 varint, 1 fixed64, 2 bytes, 5 fixed32.</summary>
    public int Wire { get; private set; }

    /// <summary>Value of a varint or fixed field.</summary>
    public ulong Number { get; private set; }

    /// <summary>Value of a length-delimited field.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>The message is malformed.</summary>
    public bool Failed { get; private set; }

    /// <summary>True when the current field has this number and is length-delimited.</summary>
    public readonly bool IsBytes(int field) => Field == field && Wire == 2;

    /// <summary>True when the current field has this number and is a varint.</summary>
    public readonly bool IsNumber(int field) => Field == field && Wire == 0;

    /// <summary>Advances to the next field; false at the end or at the first error.</summary>
    public bool Next()
    {
        if (Failed || rest.IsEmpty) return false;
        if (!Varint(out var tag) || tag >> 3 is 0 or > 0x1fffffff) return Fail();
        Field = (int)(tag >> 3);
        Wire = (int)(tag & 7);
        Bytes = default;
        Number = 0;
        switch (Wire)
        {
            case 0:
                if (!Varint(out var number)) return Fail();
                Number = number;
                return true;
            case 1:
                if (rest.Length < 8) return Fail();
                Number = BinaryPrimitives.ReadUInt64LittleEndian(rest);
                rest = rest[8..];
                return true;
            case 2:
                if (!Varint(out var length) || length > (ulong)rest.Length) return Fail();
                Bytes = rest[..(int)length];
                rest = rest[(int)length..];
                return true;
            case 5:
                if (rest.Length < 4) return Fail();
                Number = BinaryPrimitives.ReadUInt32LittleEndian(rest);
                rest = rest[4..];
                return true;
            default:
                return Fail();
        }
    }

    private bool Varint(out ulong value)
    {
        value = 0;
        for (var i = 0; i < MaxVarintLength && i < rest.Length; i++)
        {
            var b = rest[i];
            if (i == MaxVarintLength - 1 && b > 1) return false;
            value |= (ulong)(b & 0x7f) << (7 * i);
            if (b >= 0x80) continue;
            rest = rest[(i + 1)..];
            return true;
        }
        return false;
    }

    private bool Fail()
    {
        Failed = true;
        return false;
    }
}
