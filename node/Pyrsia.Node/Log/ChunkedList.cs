namespace Pyrsia.Node.Log;

/// <summary>A list that only grows, in chunks: it never holds twice what is in it, and nothing of it is moved.</summary>
internal sealed class ChunkedList<T>
{
    /// <summary>Items of a chunk: with items of eight bytes a chunk is small enough for the ordinary heap.</summary>
    private const int ChunkLength = 8192;

    private readonly List<T[]> _chunks = [];

    internal long Count { get; private set; }

    internal T this[long index] => _chunks[(int)(index / ChunkLength)][index % ChunkLength];

    internal void Add(T item)
    {
        if (Count == (long)_chunks.Count * ChunkLength) _chunks.Add(new T[ChunkLength]);
        _chunks[^1][Count++ % ChunkLength] = item;
    }
}
