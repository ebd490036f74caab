using System.Numerics;

namespace Pyrsia.Provenance.Chunks;

/// <summary>How a blob is cut: fixed-size chunks, the last one shorter, none at all for an empty blob.</summary>
public readonly record struct ChunkLayout
{
    /// <summary>Bytes in a chunk unless an attestation says otherwise; see the decision record on chunk size.</summary>
    public const int DefaultChunkSize = 256 * 1024;

    /// <summary>The smallest chunk, in bytes: below it the leaf list costs more than it saves.</summary>
    public const int MinChunkSize = 1024;

    /// <summary>The largest chunk, in bytes: a chunk is held in memory until it is verified.</summary>
    public const int MaxChunkSize = 16 * 1024 * 1024;

    /// <summary>The longest blob, in bytes (1 TiB); no layer in the wild comes near.</summary>
    public const long MaxLength = 1L << 40;

    /// <summary>The most chunks of one blob: its leaf list of 32 bytes each stays under 128 MiB.</summary>
    public const int MaxChunks = 4 * 1024 * 1024;

    private ChunkLayout(long length, int chunkSize)
    {
        Length = length;
        ChunkSize = chunkSize;
    }

    /// <summary>Bytes of the blob.</summary>
    public long Length { get; }

    /// <summary>Bytes of every chunk but the last.</summary>
    public int ChunkSize { get; }

    /// <summary>The number of chunks.</summary>
    public int Count => (int)((Length + ChunkSize - 1) / ChunkSize);

    /// <summary>Whether a length and chunk size are within the limits: the chunk size a power of two.</summary>
    public static bool TryCreate(long length, long chunkSize, out ChunkLayout layout)
    {
        layout = default;
        if (length is < 0 or > MaxLength || chunkSize is < MinChunkSize or > MaxChunkSize || !BitOperations.IsPow2(chunkSize)
            || (length + chunkSize - 1) / chunkSize > MaxChunks)
            return false;
        layout = new ChunkLayout(length, (int)chunkSize);
        return true;
    }

    /// <summary>Where a chunk begins.</summary>
    public long OffsetOf(int index) => (long)index * ChunkSize;

    /// <summary>Bytes of a chunk.</summary>
    public int LengthOf(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return (int)Math.Min(ChunkSize, Length - OffsetOf(index));
    }
}
