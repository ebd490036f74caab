namespace Pyrsia.Libp2p;

/// <summary>Raw duplex bytes between two machines: what TCP gives. One reader and one writer at a time.</summary>
internal interface IByteChannel : IAsyncDisposable
{
    Multiaddr LocalAddress { get; }

    Multiaddr RemoteAddress { get; }

    /// <summary>Somebody between cuts it after a time or an amount of bytes.</summary>
    bool IsLimited => false;

    /// <summary>Receives at least one byte; 0 at the end.</summary>
    ValueTask<int> ReceiveAsync(Memory<byte> into, CancellationToken cancellationToken);

    /// <summary>Sends all of it.</summary>
    ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>Shows the other side the end after all that was sent; receiving goes on. False where that is not to be had.</summary>
    bool TryEndSending() => false;

    /// <summary>Cuts the connection; pending calls fail.</summary>
    void Abort();
}
