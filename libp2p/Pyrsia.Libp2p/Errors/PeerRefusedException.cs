namespace Pyrsia.Libp2p;

/// <summary>A ban or a limit of this host forbids the connection or stream.</summary>
public sealed class PeerRefusedException : Libp2pException
{
    /// <summary>Says what happened.</summary>
    public PeerRefusedException(string message, Exception? inner = null) : base(message, inner)
    {
    }
}
