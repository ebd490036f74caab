namespace Pyrsia.Libp2p;

/// <summary>A peer that a rendezvous point told of, in the peer's own, signed words.</summary>
/// <param name="Namespace">The name that it is found under.</param>
/// <param name="Peer">The peer, and where it is.</param>
/// <param name="Ttl">How long this holds.</param>
public sealed record RendezvousRegistration(string Namespace, PeerAddresses Peer, TimeSpan Ttl);

/// <summary>Some of the peers of a rendezvous point.</summary>
/// <param name="Registrations">Those whose records are good.</param>
/// <param name="Cookie">With it the next question brings what came after these.</param>
public sealed record RendezvousPage(IReadOnlyList<RendezvousRegistration> Registrations, ReadOnlyMemory<byte> Cookie);
