namespace Pyrsia.Builds.Assembling;

/// <summary>Passes bytes on up to a limit, and ends what is beyond it. Owns the stream that takes them, unless that is in memory.</summary>
internal sealed class LimitedWriteStream(Stream to, long limit) : Stream
{
    private long _taken;

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count)
    {
        Count(count);
        to.Write(buffer, offset, count);
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Count(buffer.Length);
        return to.WriteAsync(buffer, cancellationToken);
    }

    /// <inheritdoc/>
    public override void Flush() => to.Flush();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && to is not MemoryStream) to.Dispose();
        base.Dispose(disposing);
    }

    private void Count(int bytes)
    {
        if (bytes > limit - _taken) throw new InvalidDataException($"There are more than the {limit} bytes that were stated.");
        _taken += bytes;
    }
}
