namespace Pyrsia.Libp2p;

/// <summary>What a rendezvous point answers.</summary>
public enum RendezvousStatus
{
    /// <summary>Done.</summary>
    Ok = 0,

    /// <summary>The namespace is missing or too long.</summary>
    InvalidNamespace = 100,

    /// <summary>The signed peer record is missing, too long, wrong, or another peer's.</summary>
    InvalidSignedPeerRecord = 101,

    /// <summary>The time to live is beyond what the point allows.</summary>
    InvalidTtl = 102,

    /// <summary>The cookie is none of this point's, or of another namespace: ask again without one.</summary>
    InvalidCookie = 103,

    /// <summary>The point gives that to nobody, or not so much of it.</summary>
    NotAuthorized = 200,

    /// <summary>The point failed.</summary>
    InternalError = 300,

    /// <summary>The point has no room now.</summary>
    Unavailable = 400,
}
