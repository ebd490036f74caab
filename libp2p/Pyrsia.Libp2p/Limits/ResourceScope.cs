namespace Pyrsia.Libp2p;

/// <summary>Whom a resource is counted for: the whole host, or the peer, network and protocol that are named.</summary>
internal readonly record struct ResourceScope(ResourceKind Kind, PeerId? Peer = null, NetworkPrefix? Prefix = null, string? Protocol = null);
