namespace Pyrsia.Consensus;

/// <summary>How blocks and lists of entries are named. Every hash has its own domain prefix.</summary>
public static class BlockHashing
{
    private static readonly Hash256 NoEntries = Compute([]);

    private static ReadOnlySpan<byte> HeaderDomain => "pyrsia-block/v1\0"u8;

    private static ReadOnlySpan<byte> EntriesDomain => "pyrsia-entries/v1\0"u8;

    /// <summary>SHA-256 of the prefix, and the ids in order.</summary>
    public static Hash256 Entries(ReadOnlySpan<Hash256> ids) => ids.IsEmpty ? NoEntries : Compute(ids);

    internal static Hash256 Header(BlockHeader header)
    {
        Span<byte> bytes = stackalloc byte[HeaderDomain.Length + HeaderCodec.MaxBytes];
        HeaderDomain.CopyTo(bytes);
        var length = HeaderCodec.Write(bytes[HeaderDomain.Length..], header);
        return Hash256.Of(bytes[..(HeaderDomain.Length + length)]);
    }

    private static Hash256 Compute(ReadOnlySpan<Hash256> ids)
    {
        var bytes = new byte[EntriesDomain.Length + (ids.Length * Hash256.Size)];
        EntriesDomain.CopyTo(bytes);
        for (var i = 0; i < ids.Length; i++) ids[i].CopyTo(bytes.AsSpan(EntriesDomain.Length + (i * Hash256.Size)));
        return Hash256.Of(bytes);
    }
}
