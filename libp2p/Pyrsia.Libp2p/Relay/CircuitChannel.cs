namespace Pyrsia.Libp2p;

/// <summary>A stream over a relay as a raw connection.</summary>
internal sealed class CircuitChannel(Libp2pStream stream, RelayLimit limit, Multiaddr local, Multiaddr remote) : IByteChannel
{
    public Multiaddr LocalAddress { get; } = local;

    public Multiaddr RemoteAddress { get; } = remote;

    public bool IsLimited => !limit.IsNone;

    public async ValueTask<int> ReceiveAsync(Memory<byte> into, CancellationToken cancellationToken)
    {
        try
        {
            return await stream.ReadAsync(into, cancellationToken).ConfigureAwait(false);
        }
        catch (StreamResetException e)
        {
            throw new ConnectionClosedException("The circuit was cut.", e);
        }
    }

    public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await stream.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
        }
        catch (StreamResetException e)
        {
            throw new ConnectionClosedException("The circuit was cut.", e);
        }
    }

    public void Abort() => stream.Reset();

    public ValueTask DisposeAsync() => stream.DisposeAsync();
}
