namespace Pyrsia.Libp2p;

/// <summary>Root of everything that goes wrong between this host and a peer.</summary>
public abstract class Libp2pException : IOException
{
    private protected Libp2pException(string message, Exception? inner) : base(message, inner)
    {
    }
}
