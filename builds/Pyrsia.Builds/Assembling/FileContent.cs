using System.Security.Cryptography;

namespace Pyrsia.Builds.Assembling;

/// <summary>The content of a file: a range of a file of this machine, bytes in memory, or the digest of what was read and is not kept.</summary>
internal sealed class FileContent
{
    private const int BufferBytes = 256 << 10;

    private readonly string? _path;
    private readonly long _offset;
    private readonly byte[]? _bytes;
    private byte[]? _digest;

    private FileContent(string? path, long offset, long size, byte[]? bytes, byte[]? digest) => (_path, _offset, Size, _bytes, _digest) = (path, offset, size, bytes, digest);

    /// <summary>Bytes.</summary>
    internal long Size { get; }

    /// <summary>Content that can be read again.</summary>
    internal static FileContent At(string path, long offset, long size) => new(path, offset, size, null, null);

    /// <summary>Small content, held in memory.</summary>
    internal static FileContent In(byte[] bytes) => new(null, 0, bytes.Length, bytes, null);

    /// <summary>Content that is not kept.</summary>
    internal static FileContent Of(byte[] digest, long size) => new(null, 0, size, null, digest);

    /// <summary>SHA-256 of it; read when it is first asked for.</summary>
    internal async ValueTask<byte[]> DigestAsync(CancellationToken cancellationToken)
    {
        if (_digest is not null) return _digest;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await ReadAsync(
            piece =>
            {
                hash.AppendData(piece.Span);
                return ValueTask.CompletedTask;
            },
            cancellationToken).ConfigureAwait(false);
        return _digest = hash.GetHashAndReset();
    }

    /// <summary>Whether it can be read again.</summary>
    internal bool IsKept => _path is not null || _bytes is not null || Size == 0;

    /// <summary>Reads it in pieces.</summary>
    /// <exception cref="IOException">It cannot be read, or is shorter than it was.</exception>
    internal async ValueTask ReadAsync(Func<ReadOnlyMemory<byte>, ValueTask> take, CancellationToken cancellationToken)
    {
        if (Size == 0) return;
        if (_bytes is not null)
        {
            await take(_bytes).ConfigureAwait(false);
            return;
        }
        if (_path is null) throw new InvalidOperationException("This content is not kept.");
        using var file = File.OpenHandle(_path);
        var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent((int)Math.Min(Size, BufferBytes));
        try
        {
            for (var done = 0L; done < Size;)
            {
                // Synchronously: from the page cache, where such files are, a read takes less than a change of threads.
                cancellationToken.ThrowIfCancellationRequested();
                var read = RandomAccess.Read(file, buffer.AsSpan(0, (int)Math.Min(buffer.Length, Size - done)), _offset + done);
                if (read == 0) throw new IOException($"{_path} became shorter while it was read.");
                await take(buffer.AsMemory(0, read)).ConfigureAwait(false);
                done += read;
            }
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
