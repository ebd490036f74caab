namespace Pyrsia.Content.Store;

/// <summary>Verified content, whole or still arriving. Several readers may read one content at once.</summary>
public interface IContentReader : IDisposable
{
    /// <summary>What is read.</summary>
    ContentDescriptor Descriptor { get; }

    /// <summary>The hashes of all chunks, which lead to <see cref="ContentDescriptor.ChunkRoot"/>.</summary>
    ReadOnlyMemory<byte> EncodedLeaves { get; }

    /// <summary>Whether a chunk can be read now, without waiting.</summary>
    bool Has(int chunk);

    /// <summary>Reads one whole chunk, waiting until it has arrived. What is read is verified.</summary>
    /// <param name="chunk">Its index.</param>
    /// <param name="buffer">At least as long as the chunk.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ContentStoreException">The content was given up, or the stored bytes are damaged.</exception>
    ValueTask ReadChunkAsync(int chunk, Memory<byte> buffer, CancellationToken cancellationToken);
}
