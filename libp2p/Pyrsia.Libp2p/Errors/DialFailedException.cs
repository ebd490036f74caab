namespace Pyrsia.Libp2p;

/// <summary>No address of the peer could be reached, or all are left alone for a while since they could not; the inner exception has the reason of each that was tried.</summary>
public sealed class DialFailedException : Libp2pException
{
    /// <summary>Says what happened.</summary>
    public DialFailedException(string message, Exception? inner = null) : base(message, inner)
    {
    }

    /// <summary>Time after which the host dials an address of the peer again when it is asked for a stream; null when nothing is left alone. A dial of a given address does not wait for it.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
