namespace Pyrsia.Libp2p;

/// <summary>The gate of this host forbids to dial an address, or the host speaks plaintext and the address leads to a network.</summary>
public sealed class DialRefusedException : Libp2pException
{
    /// <summary>Says what happened.</summary>
    public DialRefusedException(string message, Exception? inner = null) : base(message, inner)
    {
    }
}
