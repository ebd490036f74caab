namespace Pyrsia.Libp2p;

/// <summary>A transport cannot be used on this machine or by this host.</summary>
public sealed class TransportUnavailableException : Libp2pException
{
    /// <summary>Says why.</summary>
    public TransportUnavailableException(string message, Exception? inner = null) : base(message, inner)
    {
    }
}
