using Pyrsia.Libp2p;

namespace Pyrsia.Tests.Libp2p;

/// <summary>A raw connection that keeps what is sent over it, packet by packet.</summary>
internal sealed class RecordingChannel(IByteChannel inner) : IByteChannel
{
    public List<byte[]> Sent { get; } = [];

    public Multiaddr LocalAddress => inner.LocalAddress;

    public Multiaddr RemoteAddress => inner.RemoteAddress;

    public ValueTask<int> ReceiveAsync(Memory<byte> into, CancellationToken cancellationToken) => inner.ReceiveAsync(into, cancellationToken);

    public ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        Sent.Add(bytes.ToArray());
        return inner.SendAsync(bytes, cancellationToken);
    }

    public void Abort() => inner.Abort();

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
