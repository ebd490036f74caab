namespace Pyrsia.Libp2p;

/// <summary>A peer and where it is said to be; the addresses may be empty.</summary>
public sealed record PeerAddresses(PeerId Peer, IReadOnlyList<Multiaddr> Addresses);
