using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Pyrsia.Libp2p;

/// <summary>Writes protobuf fields in the order of the calls: called in field order it gives the one canonical encoding that signatures need.</summary>
internal sealed class ProtoWriter
{
    private readonly ArrayBufferWriter<byte> buffer = new();

    public ProtoWriter Bytes(int field, ReadOnlySpan<byte> value)
    {
        Tag(field, 2);
        Uvarint.Append(buffer, (ulong)value.Length);
        buffer.Write(value);
        return this;
    }

    /// <summary>Leaves the field out when the value is empty.</summary>
    public ProtoWriter OptionalBytes(int field, ReadOnlySpan<byte> value) => value.IsEmpty ? this : Bytes(field, value);

    public ProtoWriter Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public ProtoWriter Number(int field, ulong value)
    {
        Tag(field, 0);
        Uvarint.Append(buffer, value);
        return this;
    }

    public ProtoWriter Fixed64(int field, ulong value)
    {
        Tag(field, 1);
        BinaryPrimitives.WriteUInt64LittleEndian(buffer.GetSpan(sizeof(ulong)), value);
        buffer.Advance(sizeof(ulong));
        return this;
    }

    public byte[] ToArray() => buffer.WrittenSpan.ToArray();

    private void Tag(int field, int wire) => Uvarint.Append(buffer, (ulong)(field << 3 | wire));
}
