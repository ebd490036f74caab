namespace Pyrsia.Libp2p;

/// <summary>What an upgrade makes of a raw connection: streams, the peer that proved its key, and the security protocol that carries them.</summary>
internal sealed record UpgradedConnection(IMuxedConnection Muxed, PeerId Peer, string Security);
