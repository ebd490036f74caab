namespace Pyrsia.Libp2p;

/// <summary>The connection ended: closed by either side, cut, or declared dead.</summary>
public sealed class ConnectionClosedException : Libp2pException
{
    /// <summary>Says what happened.</summary>
    public ConnectionClosedException(string message, Exception? inner = null) : base(message, inner)
    {
    }
}
