namespace Pyrsia.Libp2p;

/// <summary>What the router wants done.</summary>
internal abstract record GossipEffect;

/// <summary>Tell a peer this.</summary>
internal sealed record SendGossip(PeerId Peer, GossipRpc Rpc) : GossipEffect;

/// <summary>Judge this message, and tell the router.</summary>
internal sealed record ValidateGossip(GossipMessageId Id, GossipMessage Message) : GossipEffect;

/// <summary>Hand this message to who joined its topic.</summary>
internal sealed record DeliverGossip(GossipMessage Message) : GossipEffect;

/// <summary>Make this peer's acquaintance.</summary>
internal sealed record MeetPeer(PeerRecord Record) : GossipEffect;
