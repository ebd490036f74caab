namespace Pyrsia.Libp2p;

/// <summary>A peer with its point in the key space and the network that it was met in, null when that does not count.</summary>
internal readonly record struct KadContact(PeerId Peer, KadKey Key, NetworkPrefix? Prefix);
