namespace Pyrsia.Libp2p;

/// <summary>Counts what connections carry.</summary>
internal interface ITrafficMeter
{
    /// <summary>Bytes came.</summary>
    void Received(int bytes);

    /// <summary>Bytes went.</summary>
    void Sent(long bytes);
}
