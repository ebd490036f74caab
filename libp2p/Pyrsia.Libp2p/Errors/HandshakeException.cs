namespace Pyrsia.Libp2p;

/// <summary>The secure channel could not be set up: a bad signature, a message that cannot be decrypted, nothing in common.</summary>
public sealed class HandshakeException : Libp2pException
{
    /// <summary>Says what happened.</summary>
    public HandshakeException(string message, Exception? inner = null) : base(message, inner)
    {
    }
}
