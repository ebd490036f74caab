namespace Pyrsia.Libp2p;

/// <summary>An authenticated, encrypted connection: plaintext arrives in pieces of any size and leaves in batches.</summary>
internal interface ISecureChannel : IAsyncDisposable
{
    Libp2pPublicKey RemoteKey { get; }

    /// <summary>Muxer agreed during the handshake, null when it has to be negotiated.</summary>
    string? Muxer { get; }

    Multiaddr LocalAddress { get; }

    Multiaddr RemoteAddress { get; }

    /// <summary>Next piece of plaintext, valid until the next call; empty at the end.</summary>
    ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Bytes appended since the last flush.</summary>
    int Pending { get; }

    /// <summary>Adds plaintext to the batch.</summary>
    void Append(ReadOnlySpan<byte> plaintext);

    /// <summary>Sends the batch.</summary>
    ValueTask FlushAsync(CancellationToken cancellationToken);

    /// <summary>Shows the other side the end after all that was sent; receiving goes on. False where that is not to be had.</summary>
    bool TryEndSending();

    void Abort();
}
