namespace Pyrsia.Libp2p;

/// <summary>The peer broke a protocol; its connection or stream was closed for it.</summary>
public sealed class PeerProtocolException : Libp2pException
{
    /// <summary>Says what happened.</summary>
    public PeerProtocolException(string message, Exception? inner = null) : base(message, inner)
    {
    }
}
