using System.Buffers;
using Pyrsia.Libp2p;

namespace Pyrsia.Fuzz.Targets;

/// <summary>A stream on which an input comes.</summary>
internal sealed class BytesStream(InputBuffer input) : IMuxedStream
{
    public bool HasPeerFinished => true;

    public ValueTask<ReadOnlySequence<byte>> PeekAsync(int moreThan, CancellationToken cancellationToken) => input.PeekAsync(moreThan, cancellationToken);

    public void Consume(int count) => input.Consume(count);

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public async ValueTask<int> ReadAsync(Memory<byte> into, CancellationToken cancellationToken)
    {
        if (!await input.FillAsync(1, cancellationToken)) return 0;
        var n = Math.Min(into.Length, input.Count);
        input.Buffered[..n].CopyTo(into);
        input.Consume(n);
        return n;
    }

    public void Acknowledge()
    {
        // Nobody waits for it.
    }

    public void GrowFrom(IWindowBudget budget)
    {
    }

    public void Hold(ReadOnlySpan<byte> bytes) => CompleteOutput();

    public void Release() => CompleteOutput();

    public ValueTask CloseWriteAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public void CompleteOutput()
    {
        // Nobody reads it.
    }

    public void Reset() => CompleteOutput();

    public void Discard() => CompleteOutput();

    public void ResetLater() => CompleteOutput();
}
