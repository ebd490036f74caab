namespace Pyrsia.Libp2p;

/// <summary>What a validator says of a message.</summary>
public enum GossipVerdict
{
    /// <summary>It is good: it is delivered and forwarded.</summary>
    Accept,

    /// <summary>It is wrong, and so is who forwarded it: it goes no further, and counts against them.</summary>
    Reject,

    /// <summary>It goes no further, and nobody is blamed.</summary>
    Ignore,
}
