namespace Pyrsia.Libp2p;

/// <summary>The peer does not serve any of the protocols that were asked for.</summary>
public sealed class ProtocolNotSupportedException : Libp2pException
{
    /// <summary>Says what happened.</summary>
    public ProtocolNotSupportedException(string message, Exception? inner = null) : base(message, inner)
    {
    }
}
