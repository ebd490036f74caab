using Pyrsia.Libp2p;

namespace Pyrsia.Fuzz.Targets;

/// <summary>A connection over which an input comes, a few bytes at a time, and then its end.</summary>
internal sealed class BytesChannel(byte[] input) : IByteChannel
{
    /// <summary>Most bytes that come at once: few enough that every message comes in pieces.</summary>
    private const int Piece = 37;

    private int at;

    public Multiaddr LocalAddress { get; } = Multiaddr.Parse("/memory/1");

    public Multiaddr RemoteAddress { get; } = Multiaddr.Parse("/memory/2");

    /// <summary>Bytes that were answered.</summary>
    public long Sent { get; private set; }

    public ValueTask<int> ReceiveAsync(Memory<byte> into, CancellationToken cancellationToken)
    {
        var n = Math.Min(Math.Min(into.Length, Piece), input.Length - at);
        input.AsSpan(at, n).CopyTo(into.Span);
        at += n;
        return ValueTask.FromResult(n);
    }

    public ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        Sent += bytes.Length;
        return ValueTask.CompletedTask;
    }

    public void Abort() => at = input.Length;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
