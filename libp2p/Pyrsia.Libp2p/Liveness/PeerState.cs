namespace Pyrsia.Libp2p;

/// <summary>What the failure detector thinks of a connected peer.</summary>
public enum PeerState
{
    /// <summary>Heard of lately.</summary>
    Alive,

    /// <summary>Silent for longer than it should be; requests go elsewhere, the connection stays.</summary>
    Suspected,

    /// <summary>Silent for so long that its connections were closed.</summary>
    Dead,
}
