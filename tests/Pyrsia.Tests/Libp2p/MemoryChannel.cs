using System.IO.Pipelines;
using Pyrsia.Libp2p;

namespace Pyrsia.Tests.Libp2p;

/// <summary>One end of a connection in memory.</summary>
internal sealed class MemoryChannel(PipeReader reader, PipeWriter writer) : IByteChannel
{
    public Multiaddr LocalAddress { get; } = Multiaddr.Parse("/memory/1");

    public Multiaddr RemoteAddress { get; } = Multiaddr.Parse("/memory/2");

    public static (MemoryChannel A, MemoryChannel B) Pair()
    {
        var options = new PipeOptions(pauseWriterThreshold: 1 << 20, resumeWriterThreshold: 1 << 19);
        Pipe there = new(options), back = new(options);
        return (new MemoryChannel(back.Reader, there.Writer), new MemoryChannel(there.Reader, back.Writer));
    }

    public async ValueTask<int> ReceiveAsync(Memory<byte> into, CancellationToken cancellationToken)
    {
        var result = await reader.ReadAsync(cancellationToken);
        var n = (int)Math.Min(into.Length, result.Buffer.Length);
        System.Buffers.BuffersExtensions.CopyTo(result.Buffer.Slice(0, n), into.Span);
        reader.AdvanceTo(result.Buffer.GetPosition(n));
        return n;
    }

    public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => await writer.WriteAsync(bytes, cancellationToken);

    public void Abort()
    {
        writer.Complete();
        reader.CancelPendingRead();
    }

    public ValueTask DisposeAsync()
    {
        writer.Complete();
        return ValueTask.CompletedTask;
    }
}
