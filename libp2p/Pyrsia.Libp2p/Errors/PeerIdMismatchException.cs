namespace Pyrsia.Libp2p;

/// <summary>Somebody else answered at the dialed address. The connection was closed before anything was sent over it.</summary>
public sealed class PeerIdMismatchException : Libp2pException
{
    /// <summary>Names both peers.</summary>
    public PeerIdMismatchException(PeerId expected, PeerId actual)
        : base($"Dialed {expected}, but {actual} answered.", null)
    {
        Expected = expected;
        Actual = actual;
    }

    /// <summary>The peer that was dialed.</summary>
    public PeerId Expected { get; }

    /// <summary>The peer that proved its key.</summary>
    public PeerId Actual { get; }
}
