namespace Pyrsia.Content.Store;

/// <summary>Reads a whole file of the store; damage moves the file out of the way, so that the content is fetched anew.</summary>
internal sealed class StoredContentReader(ContentStore store, StoredContent content) : IContentReader
{
    public ContentDescriptor Descriptor => content.Descriptor;

    public ReadOnlyMemory<byte> EncodedLeaves => content.EncodedLeaves;

    public bool Has(int chunk) => true;

    public ValueTask ReadChunkAsync(int chunk, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (content.ReadChunk(chunk, buffer.Span)) return ValueTask.CompletedTask;
        store.Quarantine(content);
        throw new ContentStoreException(ContentFault.Corrupt, $"The stored file of {Descriptor.Digest} is damaged at chunk {chunk}; it was moved to quarantine and will be fetched again.");
    }

    public void Dispose()
    {
    }
}
