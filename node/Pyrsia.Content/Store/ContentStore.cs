using System.Buffers;
using System.Collections.Concurrent;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Chunks;
using Pyrsia.Provenance.Merkle;

namespace Pyrsia.Content.Store;

/// <summary>
/// Content by digest, as files. A file appears under its digest only whole and verified, by a rename after a sync;
/// content that arrives in chunks is kept apart until then, with a map of the chunks that are there.
/// </summary>
public sealed class ContentStore : IDisposable
{
    /// <summary>Bytes in a chunk of content that this store cuts itself.</summary>
    public const int DefaultChunkSize = ChunkLayout.DefaultChunkSize;

    /// <summary>Files that are kept open; more are closed, the longest unused first. Each costs a descriptor.</summary>
    private const int MaxOpenFiles = 256;

    private readonly StorePaths _paths;
    private readonly ConcurrentDictionary<Digest, long> _sizes = new();
    private readonly Dictionary<Digest, StoredContent> _open = [];
    private readonly Queue<Digest> _openOrder = [];
    private readonly Dictionary<Digest, PartialContent> _partial = [];
    private readonly Lock _gate = new();

    private ContentStore(StorePaths paths) => _paths = paths;

    /// <summary>Raised when content has become whole: it can be announced.</summary>
    public event Action<ContentDescriptor>? Stored;

    /// <summary>Bytes of all whole content.</summary>
    public long TotalBytes => _sizes.Values.Sum();

    /// <summary>Number of whole files.</summary>
    public int Count => _sizes.Count;

    /// <summary>The digests of all whole content.</summary>
    public IEnumerable<Digest> Digests => _sizes.Keys;

    /// <summary>Opens the store in a directory, making it where there is none, and clears what an earlier run left half done.</summary>
    /// <exception cref="ContentStoreException">The directory cannot be used.</exception>
    public static ContentStore Open(string directory)
    {
        var paths = new StorePaths(directory);
        var store = new ContentStore(paths);
        try
        {
            foreach (var path in new[] { paths.Blobs, paths.Partial, paths.Incoming, paths.Quarantine }) Directory.CreateDirectory(path);
            foreach (var leftover in Directory.EnumerateFiles(paths.Incoming)) File.Delete(leftover);
            foreach (var file in Directory.EnumerateFiles(paths.Blobs, "*", SearchOption.AllDirectories))
                if (Digest.TryParse("sha256:" + Path.GetFileName(file), out var digest)) store._sizes[digest] = new FileInfo(file).Length;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ContentStoreException(ContentFault.Unusable, $"The content store {directory} cannot be used: {e.Message}", e);
        }
        return store;
    }

    /// <summary>Whether the content is there whole.</summary>
    public bool Contains(Digest digest) => _sizes.ContainsKey(digest);

    /// <summary>Opens content that is there whole, or is arriving now; null when it is neither.</summary>
    /// <exception cref="ContentStoreException">The stored file is damaged; it has been moved to quarantine.</exception>
    public IContentReader? TryOpen(Digest digest)
    {
        lock (_gate)
        {
            if (_partial.TryGetValue(digest, out var partial) && !partial.HasFailed && partial.TryAddReference()) return partial;
            if (!_sizes.ContainsKey(digest)) return null;
            if (!_open.TryGetValue(digest, out var content))
            {
                content = Load(digest);
                if (content is null)
                {
                    MoveToQuarantine(digest);
                    throw new ContentStoreException(ContentFault.Corrupt, $"The stored file of {digest} is damaged; it was moved to quarantine and will be fetched again.");
                }
                Remember(digest, content);
            }
            return new StoredContentReader(this, content);
        }
    }

    /// <summary>Begins, joins or takes up again the arrival of content in chunks.</summary>
    /// <param name="descriptor">What is to arrive, from the log.</param>
    /// <param name="leaves">The chunk hashes as a peer sent them.</param>
    /// <exception cref="ContentStoreException">The hashes do not lead to the root: the peer that sent them lied.</exception>
    public PartialContent OpenPartial(ContentDescriptor descriptor, TreeHash[] leaves)
    {
        if (!ChunkLeaves.Match(descriptor, leaves)) throw new ContentStoreException(ContentFault.WrongChunk, $"The chunk hashes for {descriptor.Digest} do not lead to the logged root.");
        lock (_gate)
        {
            if (_partial.TryGetValue(descriptor.Digest, out var known) && !known.HasFailed && known.TryAddReference()) return known;
            var partial = new PartialContent(_paths, descriptor, leaves, OnCompleted);
            if (!partial.IsComplete) _partial[descriptor.Digest] = partial;
            return partial;
        }
    }

    /// <summary>The chunk hashes of an arrival that was broken off before; null when there are none that fit.</summary>
    public TreeHash[]? PartialLeaves(ContentDescriptor descriptor)
    {
        var path = _paths.PartialLeaves(descriptor.Digest);
        if (!File.Exists(path)) return null;
        return ChunkLeaves.TryDecode(File.ReadAllBytes(path), out _, out _, out var leaves) && ChunkLeaves.Match(descriptor, leaves) ? leaves : null;
    }

    /// <summary>Stores a stream whole: hashes while writing, syncs, and only then gives it its name.</summary>
    /// <param name="source">The bytes, to their end.</param>
    /// <param name="expected">The digest they must have; null to take whatever comes.</param>
    /// <param name="maxBytes">Most bytes to take.</param>
    /// <param name="cancellationToken">Ends the copy; nothing is left behind.</param>
    /// <exception cref="ContentStoreException">Wrong digest, or too many bytes.</exception>
    public async Task<ContentDescriptor> AddAsync(Stream source, Digest? expected, long maxBytes, CancellationToken cancellationToken)
    {
        var temporary = Path.Combine(_paths.Incoming, Guid.NewGuid().ToString("N"));
        var buffer = ArrayPool<byte>.Shared.Rent(DefaultChunkSize);
        try
        {
            using var tree = new ChunkTreeBuilder(DefaultChunkSize);
            using (var file = File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                while (await source.ReadAsync(buffer.AsMemory(0, DefaultChunkSize), cancellationToken) is > 0 and var read)
                {
                    if (tree.Length + read > maxBytes) throw new ContentStoreException(ContentFault.TooLarge, $"The content is larger than the {maxBytes} bytes allowed.");
                    await RandomAccess.WriteAsync(file, buffer.AsMemory(0, read), tree.Length, cancellationToken);
                    tree.Append(buffer.AsSpan(0, read));
                }
                RandomAccess.FlushToDisk(file);
            }
            var content = tree.Finish();
            var (digest, size) = (content.Digest, content.Length);
            if (expected is { } wanted && wanted != digest) throw new ContentStoreException(ContentFault.WrongDigest, $"The content has digest {digest}, not {wanted}.");
            var descriptor = new ContentDescriptor(digest, size, DefaultChunkSize, content.Tree.Root);
            var blob = _paths.Blob(digest);
            DurableFile.CreateDirectory(Path.GetDirectoryName(blob)!);
            DurableFile.Write(_paths.BlobLeaves(digest), ChunkLeaves.Encode(size, DefaultChunkSize, content.Tree.Leaves));
            DurableFile.Publish(temporary, blob);
            lock (_gate) _sizes[digest] = size;
            Stored?.Invoke(descriptor);
            return descriptor;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            File.Delete(temporary);
        }
    }

    /// <summary>What the store knows of whole content; null when it is not there.</summary>
    public ContentDescriptor? Describe(Digest digest)
    {
        if (!Contains(digest)) return null;
        using var reader = TryOpen(digest);
        return reader?.Descriptor;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var content in _open.Values) content.Dispose();
            _open.Clear();
            foreach (var partial in _partial.Values.ToArray()) partial.Abandon("The store is closing.");
            _partial.Clear();
        }
    }

    internal void Quarantine(StoredContent content)
    {
        lock (_gate)
        {
            _open.Remove(content.Descriptor.Digest);
            MoveToQuarantine(content.Descriptor.Digest);
        }
    }

    private void MoveToQuarantine(Digest digest)
    {
        _sizes.TryRemove(digest, out _);
        if (File.Exists(_paths.Blob(digest))) File.Move(_paths.Blob(digest), Path.Combine(_paths.Quarantine, digest.Hex), overwrite: true);
        File.Delete(_paths.BlobLeaves(digest));
    }

    private StoredContent? Load(Digest digest)
    {
        if (!File.Exists(_paths.Blob(digest)) || !File.Exists(_paths.BlobLeaves(digest))) return null;
        if (!ChunkLeaves.TryDecode(File.ReadAllBytes(_paths.BlobLeaves(digest)), out var size, out var chunkSize, out var leaves)) return null;
        var file = File.OpenHandle(_paths.Blob(digest), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, FileOptions.SequentialScan);
        if (RandomAccess.GetLength(file) == size) return new StoredContent(new ContentDescriptor(digest, size, chunkSize, Rfc6962.RootOf(leaves)), file, leaves);
        file.Dispose();
        return null;
    }

    private void Remember(Digest digest, StoredContent content)
    {
        // An evicted file is closed by its finalizer once its last reader has gone; closing it here could cut a reader off.
        if (_open.Count >= MaxOpenFiles) while (_openOrder.TryDequeue(out var oldest) && !_open.Remove(oldest)) { }
        _open[digest] = content;
        _openOrder.Enqueue(digest);
    }

    private void OnCompleted(PartialContent partial)
    {
        lock (_gate)
        {
            _sizes[partial.Descriptor.Digest] = partial.Descriptor.Size;
            if (_partial.GetValueOrDefault(partial.Descriptor.Digest) == partial) _partial.Remove(partial.Descriptor.Digest);
        }
        Stored?.Invoke(partial.Descriptor);
    }
}
