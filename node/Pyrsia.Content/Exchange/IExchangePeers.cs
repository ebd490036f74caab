using Pyrsia.Libp2p;

namespace Pyrsia.Content.Exchange;

/// <summary>The peers that content is exchanged with, as the exchange sees them.</summary>
public interface IExchangePeers
{
    /// <summary>Opens a stream of the exchange protocol to a peer, connecting to it where needed.</summary>
    /// <exception cref="IOException">The peer cannot be reached or does not speak the protocol.</exception>
    Task<IExchangeStream> OpenAsync(PeerId peer, CancellationToken cancellationToken);

    /// <summary>Refuses a peer for a time and closes its connections.</summary>
    void Ban(PeerId peer, string reason, TimeSpan duration);

    /// <summary>Ends when the peer stops answering heartbeats: its requests should go to others.</summary>
    CancellationToken Suspicion(PeerId peer);
}

/// <summary>One stream of the exchange protocol.</summary>
public interface IExchangeStream : IAsyncDisposable
{
    /// <summary>Fills the buffer from the stream.</summary>
    /// <exception cref="IOException">The stream ended or broke before.</exception>
    ValueTask ReadExactlyAsync(Memory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>Sends bytes.</summary>
    /// <exception cref="IOException">The stream broke.</exception>
    ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);
}
