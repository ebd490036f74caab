using Pyrsia.Contracts;
using Pyrsia.Provenance.Merkle;

namespace Pyrsia.Content.Exchange;

/// <summary>The asking side of one exchange stream: one request at a time.</summary>
internal sealed class ExchangeSession(IExchangeStream stream) : IAsyncDisposable
{
    private readonly byte[] _request = new byte[ExchangeRequest.Length];
    private readonly byte[] _header = new byte[ExchangeAnswer.Length];

    /// <summary>Asks what a peer holds of some content.</summary>
    /// <returns>The chunk hashes, not verified, and a look-up of what the peer holds; null when it holds nothing.</returns>
    /// <exception cref="IOException">The stream broke, or the answer is malformed.</exception>
    internal async Task<(TreeHash[] Leaves, Func<int, bool> Has)?> DescribeAsync(ContentDescriptor content, CancellationToken cancellationToken)
    {
        await SendAsync(new ExchangeRequest(ExchangeRequestKind.Describe, content.Digest, default), cancellationToken);
        // Every length is known before it is read, so a peer cannot make us take more memory than the content itself implies.
        var leavesLength = Store.ChunkLeaves.HeaderLength + (content.ChunkCount * TreeHash.Size);
        if (await ReadAsync(leavesLength, cancellationToken) is not { } encoded) return null;
        if (!Store.ChunkLeaves.TryDecode(encoded, out _, out _, out var leaves)) throw new IOException("The peer's chunk hashes are malformed.");
        if (await ReadAsync((content.ChunkCount + 7) / 8, cancellationToken) is not { } held) throw new IOException("The peer's answer is not complete.");
        return (leaves, chunk => (held[chunk >> 3] & (1 << (chunk & 7))) != 0);
    }

    /// <summary>Asks for a run of chunks; read them with <see cref="ReadChunkAsync"/>.</summary>
    internal ValueTask AskAsync(Digest digest, ChunkRun run, CancellationToken cancellationToken) =>
        SendAsync(new ExchangeRequest(ExchangeRequestKind.Chunks, digest, run), cancellationToken);

    /// <summary>Reads the next chunk of the run into <paramref name="buffer"/>, whose length it must have.</summary>
    /// <returns>False when the peer does not hold it; the rest of the run will not come either.</returns>
    /// <exception cref="IOException">The stream broke, or the answer is malformed.</exception>
    internal async ValueTask<bool> ReadChunkAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var answer = await ReadHeaderAsync(buffer.Length, cancellationToken);
        if (answer.Status != ExchangeStatus.Ok) return false;
        if (answer.Bytes != buffer.Length) throw new IOException($"The peer sent {answer.Bytes} bytes for a chunk of {buffer.Length}.");
        await stream.ReadExactlyAsync(buffer, cancellationToken);
        return true;
    }

    public ValueTask DisposeAsync() => stream.DisposeAsync();

    private async ValueTask SendAsync(ExchangeRequest request, CancellationToken cancellationToken)
    {
        request.Write(_request);
        await stream.WriteAsync(_request, cancellationToken);
    }

    private async Task<byte[]?> ReadAsync(int length, CancellationToken cancellationToken)
    {
        var answer = await ReadHeaderAsync(length, cancellationToken);
        if (answer.Status != ExchangeStatus.Ok) return null;
        if (answer.Bytes != length) throw new IOException($"The peer sent {answer.Bytes} bytes where {length} belong.");
        var bytes = new byte[length];
        await stream.ReadExactlyAsync(bytes, cancellationToken);
        return bytes;
    }

    private async ValueTask<ExchangeAnswer> ReadHeaderAsync(int limit, CancellationToken cancellationToken)
    {
        await stream.ReadExactlyAsync(_header, cancellationToken);
        return ExchangeAnswer.TryRead(_header, limit, out var answer) ? answer : throw new IOException("The peer's answer is malformed.");
    }
}
