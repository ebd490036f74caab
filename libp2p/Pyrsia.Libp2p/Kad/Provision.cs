namespace Pyrsia.Libp2p;

/// <summary>One key that this peer provides, and when it is to be announced again.</summary>
internal sealed class Provision
{
    /// <summary>Peers that took the record last time.</summary>
    public int Placed { get; set; }

    /// <summary>Version of the routing table that it was placed by.</summary>
    public long TableVersion { get; set; } = -1;

    public DateTimeOffset NextAnnouncement { get; set; }
}
