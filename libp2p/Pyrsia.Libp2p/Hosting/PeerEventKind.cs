namespace Pyrsia.Libp2p;

/// <summary>What happened to a peer.</summary>
public enum PeerEventKind
{
    /// <summary>The first connection to the peer stands.</summary>
    Connected,

    /// <summary>Identify told what the peer serves, for the first time or again.</summary>
    Identified,

    /// <summary>The peer is silent; requests to it fail over.</summary>
    Suspected,

    /// <summary>A suspected peer spoke again.</summary>
    Recovered,

    /// <summary>The peer was silent for too long; Disconnected follows.</summary>
    Dead,

    /// <summary>The last connection to the peer ended.</summary>
    Disconnected,
}
