namespace Pyrsia.Libp2p;

/// <summary>The stream was reset by the peer or by this side; bytes in flight are lost.</summary>
public sealed class StreamResetException : Libp2pException
{
    /// <summary>Says what happened.</summary>
    public StreamResetException(string message, Exception? inner = null) : base(message, inner)
    {
    }
}
