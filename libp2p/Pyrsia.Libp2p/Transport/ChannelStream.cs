using System.Buffers;

namespace Pyrsia.Libp2p;

/// <summary>A raw connection as the platform's classes want it. With a proposal, the first write carries the multistream-select lines that propose a protocol,
/// and the first read takes their answers: what runs on top begins in the same packet and does not know.</summary>
internal sealed class ChannelStream(IByteChannel channel, InputBuffer input, string? proposal = null) : Stream
{
    private byte[] gathered = [];
    private int length;
    private bool proposed = proposal is null;
    private bool confirmed = proposal is null;

    /// <summary>Keeps what is written until it is flushed.</summary>
    public bool Gathers { get; set; }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!confirmed)
        {
            await MultistreamSelect.ConfirmAsync(input, proposal!, cancellationToken).ConfigureAwait(false);
            confirmed = true;
        }
        if (!await input.FillAsync(1, cancellationToken).ConfigureAwait(false)) return 0;
        var n = Math.Min(buffer.Length, input.Count);
        input.Buffered[..n].CopyTo(buffer);
        input.Consume(n);
        return n;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!proposed)
        {
            proposed = true;
            return channel.SendAsync(MultistreamSelect.Opening(proposal!, buffer.Span), cancellationToken);
        }
        if (!Gathers) return channel.SendAsync(buffer, cancellationToken);
        if (gathered.Length - length < buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(length + buffer.Length, gathered.Length * 2));
            gathered.AsSpan(0, length).CopyTo(larger);
            Return();
            gathered = larger;
        }
        buffer.Span.CopyTo(gathered.AsSpan(length));
        length += buffer.Length;
        return ValueTask.CompletedTask;
    }

    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        if (length == 0) return;
        var count = length;
        length = 0;
        await channel.SendAsync(gathered.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
        Return();
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush() => throw new NotSupportedException();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) Return();
        base.Dispose(disposing);
    }

    private void Return()
    {
        if (gathered.Length > 0) ArrayPool<byte>.Shared.Return(gathered);
        gathered = [];
    }
}
