namespace Pyrsia.Node.Upstream;

/// <summary>A forward-only stream of known length that opens its source again where it broke off or stood still.</summary>
internal sealed class ResumingStream(Stream first, long length, Func<long, CancellationToken, Task<Stream>> openAt, TimeSpan stallTimeout) : Stream
{
    private Stream _source = first;
    private long _position;
    private int _resumes;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                limit.CancelAfter(stallTimeout);
                var read = await _source.ReadAsync(buffer, limit.Token);
                if (read == 0 && buffer.Length > 0 && _position < length) throw new EndOfStreamException($"The body ended at byte {_position} of {length}.");
                _position += read;
                return read;
            }
            catch (Exception e) when (e is IOException or HttpRequestException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                await ReopenAsync(e, cancellationToken);
            }
        }
    }

    /// <summary>Opens the source where it broke off. A try that fails as the body did counts like another break.</summary>
    private async Task ReopenAsync(Exception cause, CancellationToken cancellationToken)
    {
        await _source.DisposeAsync();
        while (_resumes++ < UpstreamOptions.MaxResumes)
        {
            try
            {
                _source = await openAt(_position, cancellationToken);
                return;
            }
            catch (UpstreamException e) when (e.Failure == UpstreamFailure.Unavailable)
            {
                cause = e;
            }
        }
        throw new UpstreamException(UpstreamFailure.Unavailable, $"The body broke off at byte {_position} of {length} and could not be resumed: {cause.Message}", cause);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Read this stream asynchronously.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) _source.Dispose();
        base.Dispose(disposing);
    }
}
