namespace Pyrsia.Libp2p;

public sealed partial class Libp2pHost
{
    /// <summary>What the host is busy with now.</summary>
    internal HostLoad Load
    {
        get
        {
            var open = AllConnections();
            return new HostLoad(
                open.Sum(c => c.Muxed.StreamCount), open.Sum(c => c.OpenStreams), (int)handlers.Keys.Sum(resources.Served), open.Sum(c => c.Muxed.QueueLength), background.Count);
        }
    }
}
