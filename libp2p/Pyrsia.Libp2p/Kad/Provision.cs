namespace Pyrsia.Libp2p;

/// <summary>One key that this peer provides.</summary>
/// <param name="Placed">Peers that took the record last time.</param>
/// <param name="TableVersion">Version of the routing table that it was placed by.</param>
/// <param name="NextAnnouncement">When it is to be announced again at the latest.</param>
internal readonly record struct Provision(int Placed, long TableVersion, DateTimeOffset NextAnnouncement);
