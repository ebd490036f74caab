using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Merkle;

namespace Pyrsia.Content.Store;

/// <summary>
/// Content that is still arriving. Only chunks that match their hash are written; readers and other peers may read them
/// at once, all but the last, which is held back until the digest of the whole has been checked too.
/// </summary>
public sealed class PartialContent : IContentReader
{
    private readonly StorePaths _paths;
    private readonly Action<PartialContent> _completed;
    private readonly TreeHash[] _leaves;
    private readonly SafeFileHandle _data;
    private readonly ChunkMap _map;
    private readonly IncrementalHash _whole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ContentStoreException? _failure;
    private int _hashed;
    private int _references = 1;
    private bool _verified;
    private bool _complete;

    internal PartialContent(StorePaths paths, ContentDescriptor descriptor, TreeHash[] leaves, Action<PartialContent> completed)
    {
        _paths = paths;
        _leaves = leaves;
        _completed = completed;
        Descriptor = descriptor;
        var encoded = ChunkLeaves.Encode(descriptor.Size, descriptor.ChunkSize, leaves);
        EncodedLeaves = encoded;
        DurableFile.Write(paths.PartialLeaves(descriptor.Digest), encoded);
        _data = File.OpenHandle(paths.PartialData(descriptor.Digest), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        RandomAccess.SetLength(_data, descriptor.Size);
        _map = new ChunkMap(paths.PartialMap(descriptor.Digest), descriptor.ChunkCount);
        VerifyMap();
        if (AdvanceWholeHash(-1, [])) Finish();
    }

    /// <inheritdoc/>
    public ContentDescriptor Descriptor { get; }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> EncodedLeaves { get; }

    /// <summary>How many chunks have arrived.</summary>
    public int PresentChunks
    {
        get
        {
            lock (_gate) return _map.Present;
        }
    }

    /// <summary>Whether all chunks have arrived, the digest of the whole was found right, and the file has its name in the store.</summary>
    public bool IsComplete
    {
        get
        {
            lock (_gate) return _complete;
        }
    }

    /// <summary>Whether a chunk has arrived, even one that is still held back from readers.</summary>
    public bool HasArrived(int chunk)
    {
        lock (_gate) return _map[chunk];
    }

    /// <inheritdoc/>
    public bool Has(int chunk)
    {
        lock (_gate) return IsReadable(chunk);
    }

    /// <summary>Takes a chunk if it is the right one.</summary>
    /// <param name="chunk">Its index.</param>
    /// <param name="bytes">What came.</param>
    /// <param name="verified">Called when the bytes were found right, before any reader can have them.</param>
    /// <returns>False when the bytes do not match the chunk's hash; nothing is written then.</returns>
    /// <exception cref="ContentStoreException">All chunks were right but the digest of the whole is not: the logged root does not belong to this digest.</exception>
    /// <exception cref="IOException">The disk refuses the bytes.</exception>
    /// <remarks>The last chunk's call syncs the file: readers have every byte before that, because they wait for a proof and not for the disk.</remarks>
    public bool TryWriteChunk(int chunk, ReadOnlySpan<byte> bytes, Action? verified = null)
    {
        if (bytes.Length != Descriptor.ChunkLength(chunk) || Rfc6962.HashLeaf(bytes) != _leaves[chunk]) return false;
        verified?.Invoke();
        bool whole;
        lock (_gate)
        {
            if (_failure is not null) throw _failure;
            if (_map[chunk]) return true;
            RandomAccess.Write(_data, bytes, (long)chunk * Descriptor.ChunkSize);
            _map.Set(chunk, true);
            whole = AdvanceWholeHash(chunk, bytes);
            Signal();
        }
        if (whole) Finish();
        return true;
    }

    /// <inheritdoc/>
    public async ValueTask ReadChunkAsync(int chunk, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (IsReadable(chunk))
                {
                    ReadExactly(chunk, buffer.Span);
                    return;
                }
                if (_failure is not null) throw _failure;
                changed = _changed.Task;
            }
            await changed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Waits until all chunks are there and the whole is verified.</summary>
    /// <exception cref="ContentStoreException">The content was given up, or its digest is wrong.</exception>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_complete) return;
                if (_failure is not null) throw _failure;
                changed = _changed.Task;
            }
            await changed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Gives the content up: readers that wait are told so. What has arrived stays, for a later attempt.</summary>
    public void Abandon(string why)
    {
        lock (_gate)
        {
            if (_complete || _failure is not null) return;
            _failure = new ContentStoreException(ContentFault.Abandoned, why);
            Signal();
        }
    }

    /// <summary>Adds a reader; each is given back by <see cref="Dispose"/>.</summary>
    /// <returns>False when the last one has left already.</returns>
    internal bool TryAddReference()
    {
        lock (_gate)
        {
            if (_references == 0) return false;
            _references++;
            return true;
        }
    }

    /// <summary>Whether nobody can finish this content any more.</summary>
    internal bool HasFailed
    {
        get
        {
            lock (_gate) return _failure is not null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            if (--_references > 0) return;
            _data.Dispose();
            _map.Dispose();
            _whole.Dispose();
        }
    }

    private bool IsReadable(int chunk) => _verified || (_map[chunk] && chunk != Descriptor.ChunkCount - 1);

    private void VerifyMap()
    {
        var buffer = new byte[Descriptor.ChunkSize];
        for (var i = 0; i < _map.Count; i++)
        {
            if (!_map[i]) continue;
            ReadExactly(i, buffer);
            if (Rfc6962.HashLeaf(buffer.AsSpan(0, Descriptor.ChunkLength(i))) != _leaves[i]) _map.Set(i, false);
        }
    }

    /// <summary>Carries the whole digest over the chunks that are there without a gap, and at the end compares it.</summary>
    /// <param name="chunk">The chunk that was written just now, or -1.</param>
    /// <param name="bytes">Its bytes, which need not be read back.</param>
    /// <returns>Whether the whole has just been found right.</returns>
    private bool AdvanceWholeHash(int chunk, ReadOnlySpan<byte> bytes)
    {
        if (_hashed == chunk)
        {
            _whole.AppendData(bytes);
            _hashed++;
        }
        if (_hashed < _map.Count && _map[_hashed]) HashWritten();
        if (_hashed < _map.Count || _verified) return false;
        if (new Digest(_whole.GetHashAndReset()) != Descriptor.Digest)
        {
            foreach (var path in new[] { _paths.PartialData(Descriptor.Digest), _paths.PartialLeaves(Descriptor.Digest), _paths.PartialMap(Descriptor.Digest) }) File.Delete(path);
            _failure = new ContentStoreException(ContentFault.WrongDigest, $"All chunks of {Descriptor.Digest} match the logged root, but the whole has another digest: the root was signed for other bytes.");
            Signal();
            throw _failure;
        }
        return _verified = true;
    }

    private void HashWritten()
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Descriptor.ChunkSize);
        try
        {
            for (; _hashed < _map.Count && _map[_hashed]; _hashed++)
            {
                ReadExactly(_hashed, buffer);
                _whole.AppendData(buffer, 0, Descriptor.ChunkLength(_hashed));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Publishes what was found right. Outside the lock, for a disk takes seconds to sync a large file, and the store takes its own lock and takes ours while it holds that one.</summary>
    private void Finish()
    {
        try
        {
            Publish();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            lock (_gate)
            {
                _failure = new ContentStoreException(ContentFault.Unusable, $"{Descriptor.Digest} has arrived but cannot be stored: {e.Message}", e);
                Signal();
                throw _failure;
            }
        }
        // The store first: who waited for the whole looks for it there.
        _completed(this);
        lock (_gate)
        {
            _complete = true;
            Signal();
        }
    }

    private void Publish()
    {
        RandomAccess.FlushToDisk(_data);
        var blob = _paths.Blob(Descriptor.Digest);
        DurableFile.CreateDirectory(Path.GetDirectoryName(blob)!);
        File.Move(_paths.PartialLeaves(Descriptor.Digest), _paths.BlobLeaves(Descriptor.Digest), overwrite: true);
        DurableFile.Publish(_paths.PartialData(Descriptor.Digest), blob);
        File.Delete(_paths.PartialMap(Descriptor.Digest));
    }

    private void ReadExactly(int chunk, Span<byte> buffer)
    {
        var bytes = buffer[..Descriptor.ChunkLength(chunk)];
        var offset = (long)chunk * Descriptor.ChunkSize;
        for (var done = 0; done < bytes.Length;)
        {
            var read = RandomAccess.Read(_data, bytes[done..], offset + done);
            if (read == 0) throw new ContentStoreException(ContentFault.Corrupt, $"The file of {Descriptor.Digest} is shorter than it was.");
            done += read;
        }
    }

    private void Signal()
    {
        var changed = _changed;
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        changed.SetResult();
    }
}
