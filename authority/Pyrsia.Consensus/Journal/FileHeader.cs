using System.Buffers.Binary;
using Pyrsia.Contracts;

namespace Pyrsia.Consensus;

/// <summary>
/// The first bytes of both files:
/// <code>magic 16 | chain id 32 | epoch u64be | id 16 | owner 32 | floor u64be | CRC-32C u32be over what precedes</code>
/// A journal's owner is the SHA-256 of the vote key, its id is what the key is bound to, its floor is the height that is final in it. The
/// finalized store leaves those fields zero.
/// </summary>
internal sealed record FileHeader(string Magic, Hash256 ChainId, Epoch Epoch, Guid Id, Hash256 Owner, ulong Floor)
{
    public const int Bytes = 16 + 32 + 8 + 16 + 32 + 8 + 4;

    public byte[] Encode()
    {
        var bytes = new byte[Bytes];
        System.Text.Encoding.ASCII.GetBytes(Magic).CopyTo(bytes, 0);
        ChainId.CopyTo(bytes.AsSpan(16));
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(48), Epoch.Number);
        Id.TryWriteBytes(bytes.AsSpan(56));
        Owner.CopyTo(bytes.AsSpan(72));
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(104), Floor);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(112), Crc32C.Of(bytes.AsSpan(0, 112)));
        return bytes;
    }

    /// <exception cref="ConsensusDataException">The file is of another kind or version, or damaged, or of another chain.</exception>
    public static FileHeader Read(string path, Stream file, string magic, Hash256 chainId)
    {
        var bytes = new byte[Bytes];
        file.Position = 0;
        var read = file.ReadAtLeast(bytes, Bytes, throwOnEndOfStream: false);
        var expected = new byte[16];
        System.Text.Encoding.ASCII.GetBytes(magic).CopyTo(expected, 0);
        if (read < Bytes || !bytes.AsSpan(0, 16).SequenceEqual(expected))
            throw new ConsensusDataException($"{path} is not a file of this kind and version ({magic})");
        if (BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(112)) != Crc32C.Of(bytes.AsSpan(0, 112)))
            throw new ConsensusDataException($"{path} is damaged in its first {Bytes} bytes");
        var header = new FileHeader(
            magic,
            new Hash256(bytes.AsSpan(16, 32)),
            new Epoch(BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(48))),
            new Guid(bytes.AsSpan(56, 16)),
            new Hash256(bytes.AsSpan(72, 32)),
            BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(104)));
        if (header.ChainId != chainId)
            throw new ConsensusDataException($"{path} belongs to chain {header.ChainId}, not to {chainId}");
        return header;
    }
}
