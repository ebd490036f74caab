namespace Pyrsia.Libp2p;

/// <summary>Which connections may carry a stream.</summary>
internal enum Reach
{
    /// <summary>Any, also a circuit whose relay limits it.</summary>
    Any,

    /// <summary>All but limited circuits.</summary>
    Unlimited,

    /// <summary>None that leads over a relay.</summary>
    Direct,
}
