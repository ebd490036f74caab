namespace Pyrsia.Libp2p;

/// <summary>A change of a peer's condition.</summary>
public sealed class PeerEventArgs(PeerEventKind kind, PeerId peer, Multiaddr address, Exception? reason) : EventArgs
{
    /// <summary>What happened.</summary>
    public PeerEventKind Kind { get; } = kind;

    /// <summary>To whom.</summary>
    public PeerId Peer { get; } = peer;

    /// <summary>The address of the connection that it happened on.</summary>
    public Multiaddr Address { get; } = address;

    /// <summary>Why, where there is a reason to tell.</summary>
    public Exception? Reason { get; } = reason;
}
