using System.Security.Cryptography;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Merkle;

namespace Pyrsia.Provenance.Chunks;

/// <summary>What one pass over a blob yields.</summary>
public sealed record ChunkedBlob(Digest Digest, long Length, ChunkTree Tree);

/// <summary>
/// Computes a blob's SHA-256 digest and its chunk tree in one pass over pieces of any size. Holds two hash states and 32 bytes a
/// chunk; not thread-safe.
/// </summary>
public sealed class ChunkTreeBuilder : IDisposable
{
    private const byte LeafPrefix = 0x00;
    private readonly IncrementalHash _whole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly IncrementalHash _chunk = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly List<TreeHash> _leaves = [];
    private readonly int _chunkSize;
    private int _inChunk;

    /// <summary>Starts on an empty blob.</summary>
    public ChunkTreeBuilder(int chunkSize = ChunkLayout.DefaultChunkSize)
    {
        if (!ChunkLayout.TryCreate(0, chunkSize, out _))
            throw new ArgumentOutOfRangeException(nameof(chunkSize), chunkSize, "a chunk size is a power of two within the limits");
        _chunkSize = chunkSize;
    }

    /// <summary>Bytes so far.</summary>
    public long Length { get; private set; }

    /// <summary>Takes the next bytes.</summary>
    /// <exception cref="InvalidDataException">The blob is longer than <see cref="ChunkLayout.MaxLength"/> or has too many chunks.</exception>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (!ChunkLayout.TryCreate(Length + bytes.Length, _chunkSize, out _))
            throw new InvalidDataException("the blob is longer than a chunk tree may be");
        _whole.AppendData(bytes);
        Length += bytes.Length;
        while (!bytes.IsEmpty)
        {
            if (_inChunk == 0)
                _chunk.AppendData([LeafPrefix]);
            var take = Math.Min(bytes.Length, _chunkSize - _inChunk);
            _chunk.AppendData(bytes[..take]);
            _inChunk += take;
            bytes = bytes[take..];
            if (_inChunk == _chunkSize)
                CloseChunk();
        }
    }

    /// <summary>Ends the blob. The builder starts anew afterwards.</summary>
    public ChunkedBlob Finish()
    {
        if (_inChunk > 0)
            CloseChunk();
        Span<byte> digest = stackalloc byte[Digest.Length];
        _whole.GetHashAndReset(digest);
        ChunkLayout.TryCreate(Length, _chunkSize, out var layout);
        var blob = new ChunkedBlob(new Digest(digest), Length, new ChunkTree(layout, [.. _leaves]));
        _leaves.Clear();
        Length = 0;
        return blob;
    }

    /// <summary>Computes everything of a blob that is in memory.</summary>
    public static ChunkedBlob Compute(ReadOnlySpan<byte> blob, int chunkSize = ChunkLayout.DefaultChunkSize)
    {
        using var builder = new ChunkTreeBuilder(chunkSize);
        builder.Append(blob);
        return builder.Finish();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _whole.Dispose();
        _chunk.Dispose();
    }

    private void CloseChunk()
    {
        Span<byte> hash = stackalloc byte[TreeHash.Size];
        _chunk.GetHashAndReset(hash);
        _leaves.Add(new TreeHash(hash));
        _inChunk = 0;
    }
}
