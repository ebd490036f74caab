using System.Buffers.Binary;

namespace Pyrsia.Consensus;

/// <summary>Writes big-endian fields into a buffer that grows and is used again. Not safe for several threads.</summary>
internal sealed class WireWriter
{
    private const int InitialBytes = 1024;
    private byte[] _buffer = new byte[InitialBytes];
    private int _length;

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    public Span<byte> MutableWritten => _buffer.AsSpan(0, _length);

    public WireWriter Clear()
    {
        _length = 0;
        return this;
    }

    public byte[] ToArray() => Written.ToArray();

    public void Byte(byte value) => Reserve(1)[0] = value;

    public void UInt16(ushort value) => BinaryPrimitives.WriteUInt16BigEndian(Reserve(2), value);

    public void UInt32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Reserve(4), value);

    public void UInt64(ulong value) => BinaryPrimitives.WriteUInt64BigEndian(Reserve(8), value);

    public void Hash(Hash256 value) => value.CopyTo(Reserve(Hash256.Size));

    public void Signature(in VoteSignature value) => value.CopyTo(Reserve(VoteSignature.Size));

    public void Bytes(ReadOnlySpan<byte> value) => value.CopyTo(Reserve(value.Length));

    public Span<byte> Reserve(int count)
    {
        var needed = _length + count;
        if (needed > _buffer.Length) Array.Resize(ref _buffer, Math.Max(needed, _buffer.Length * 2));
        var span = _buffer.AsSpan(_length, count);
        _length = needed;
        return span;
    }
}
