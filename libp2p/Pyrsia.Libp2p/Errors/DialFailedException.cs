namespace Pyrsia.Libp2p;

/// <summary>No address of the peer could be reached; the inner exception has the reason of each.</summary>
public sealed class DialFailedException : Libp2pException
{
    /// <summary>Says what happened.</summary>
    public DialFailedException(string message, Exception? inner = null) : base(message, inner)
    {
    }
}
