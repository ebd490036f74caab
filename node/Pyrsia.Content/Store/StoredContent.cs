using Microsoft.Win32.SafeHandles;
using Pyrsia.Provenance.Merkle;

namespace Pyrsia.Content.Store;

/// <summary>
/// A whole file of the store. Each chunk is compared with its hash the first time this process reads it, so that a
/// disk that forgot or changed bytes is noticed before they leave.
/// </summary>
internal sealed class StoredContent : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly TreeHash[] _leaves;
    private readonly bool[] _verified;

    internal StoredContent(ContentDescriptor descriptor, SafeFileHandle file, TreeHash[] leaves)
    {
        Descriptor = descriptor;
        EncodedLeaves = ChunkLeaves.Encode(descriptor.Size, descriptor.ChunkSize, leaves);
        _file = file;
        _leaves = leaves;
        _verified = new bool[leaves.Length];
    }

    internal ContentDescriptor Descriptor { get; }

    internal byte[] EncodedLeaves { get; }

    internal bool ReadChunk(int chunk, Span<byte> buffer)
    {
        var bytes = buffer[..Descriptor.ChunkLength(chunk)];
        var offset = (long)chunk * Descriptor.ChunkSize;
        for (var done = 0; done < bytes.Length;)
        {
            var read = RandomAccess.Read(_file, bytes[done..], offset + done);
            if (read == 0) return false;
            done += read;
        }
        if (_verified[chunk]) return true;
        return _verified[chunk] = Rfc6962.HashLeaf(bytes) == _leaves[chunk];
    }

    public void Dispose() => _file.Dispose();
}
