using System.Buffers;
using System.IO.Pipelines;
using Pyrsia.Content.Exchange;

namespace Pyrsia.Testing.Content;

/// <summary>One end of an exchange stream in memory.</summary>
public sealed class PipeExchangeStream(PipeReader input, PipeWriter output, Func<Memory<byte>, CancellationToken, ValueTask>? onRead = null) : IExchangeStream
{
    /// <summary>Makes both ends; the asking end's reads can be tampered with.</summary>
    public static (PipeExchangeStream Asking, PipeExchangeStream Answering) Pair(Func<Memory<byte>, CancellationToken, ValueTask>? onRead = null)
    {
        var (there, back) = (new Pipe(), new Pipe());
        return (new PipeExchangeStream(back.Reader, there.Writer, onRead), new PipeExchangeStream(there.Reader, back.Writer));
    }

    /// <inheritdoc/>
    public async ValueTask ReadExactlyAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        for (var done = 0; done < buffer.Length;)
        {
            var result = await input.ReadAsync(cancellationToken);
            var some = result.Buffer.Slice(0, Math.Min(result.Buffer.Length, buffer.Length - done));
            some.CopyTo(buffer.Span[done..]);
            done += (int)some.Length;
            input.AdvanceTo(some.End);
            if (some.Length == 0 && result.IsCompleted) throw new EndOfStreamException();
        }
        if (onRead is not null) await onRead(buffer, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        var result = await output.WriteAsync(bytes, cancellationToken);
        if (result.IsCompleted) throw new EndOfStreamException();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await output.CompleteAsync();
        await input.CompleteAsync();
    }
}
