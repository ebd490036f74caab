namespace Pyrsia.Libp2p;

/// <summary>Part that a peer plays in the DHT.</summary>
public enum KadMode
{
    /// <summary>Asks, and neither answers nor stands in routing tables: for peers that cannot be dialed.</summary>
    Client,

    /// <summary>Asks, answers and stores.</summary>
    Server,
}
