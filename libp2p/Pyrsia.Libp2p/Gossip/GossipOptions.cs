namespace Pyrsia.Libp2p;

/// <summary>Parameters of gossipsub. The defaults are those of the specification, where it has one.
/// https://github.com/libp2p/specs/blob/master/pubsub/gossipsub/gossipsub-v1.1.md#overview-of-new-parameters</summary>
public sealed record GossipOptions
{
    /// <summary>Peers in a topic's mesh, D.</summary>
    public int MeshSize { get; init; } = 6;

    /// <summary>Fewest before more are grafted, D_low.</summary>
    public int MeshLow { get; init; } = 4;

    /// <summary>Most before some are pruned, D_high.</summary>
    public int MeshHigh { get; init; } = 12;

    /// <summary>Of those that stay when some are pruned, as many are chosen by score and the rest by chance, D_score.</summary>
    public int MeshByScore { get; init; } = 4;

    /// <summary>Peers of the mesh that this one dialed, D_out: whoever dials here cannot fill it alone. Below <see cref="MeshLow"/> and at most half of <see cref="MeshSize"/>.</summary>
    public int MeshOutbound { get; init; } = 2;

    /// <summary>Fewest peers outside the mesh that are told of new messages at each heartbeat, D_lazy.</summary>
    public int GossipPeers { get; init; } = 6;

    /// <summary>The share of those peers that is told, where it is more.</summary>
    public double GossipFactor { get; init; } = 0.25;

    /// <summary>Time between two heartbeats.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Heartbeats for which a message can be asked for.</summary>
    public int HistoryLength { get; init; } = 5;

    /// <summary>Of them those whose messages are told of.</summary>
    public int HistoryGossip { get; init; } = 3;

    /// <summary>How long a message counts as seen.</summary>
    public TimeSpan SeenLifetime { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Messages that are remembered as seen; the oldest are forgotten first. In two minutes as many come at 546 a second; what is forgotten early goes round once more, and no further where it is known.</summary>
    public int MaxSeen { get; init; } = 65_536;

    /// <summary>Bytes of messages that are kept for those who ask; the oldest go first. Five heartbeats at 6.7 MB/s, or 64 messages of the largest size.</summary>
    public long MaxHistoryBytes { get; init; } = 32 * 1024 * 1024;

    /// <summary>How long the peers are kept that get what is published to a topic that is not joined.</summary>
    public TimeSpan FanoutLifetime { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a pruned peer is not grafted again.</summary>
    public TimeSpan PruneBackoff { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The same after leaving a topic.</summary>
    public TimeSpan UnsubscribeBackoff { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A graft so soon after a prune counts twice against the peer: it did not merely lose count of the back-off.</summary>
    public TimeSpan GraftFloodThreshold { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether own messages go to every peer of the topic with a fair score, and not to the mesh alone.</summary>
    public bool FloodPublish { get; init; } = true;

    /// <summary>Whether pruned peers are told of others, and such news is followed (above the score that it needs). Off, since it has hosts dial on the word of others, and the DHT finds peers without.</summary>
    public bool PeerExchange { get; init; }

    /// <summary>Heartbeats between two looks whether the mesh has got bad and better peers are outside: a minute, by the specification, in which scores move.</summary>
    public int OpportunisticGraftTicks { get; init; } = 60;

    /// <summary>Peers that such a look grafts.</summary>
    public int OpportunisticGraftPeers { get; init; } = 2;

    /// <summary>Tellings of new messages that are heard from one peer between two heartbeats, in which an honest one tells once.</summary>
    public int MaxIHaveMessages { get; init; } = 10;

    /// <summary>How long a message may take to come that a peer told of: three heartbeats, for which a peer that told of it has it.</summary>
    public TimeSpan IWantFollowup { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How often one message is sent to one peer that asks: a lost stream is a reason to ask again, and asking for ever a way to draw bytes.</summary>
    public int MaxRetransmissions { get; init; } = 3;

    /// <summary>Messages from as many bytes on are waved off at once where another peer would send them too (version 1.2). Below, telling a mesh of six of an id of 50 bytes saves little.</summary>
    public int DontWantThreshold { get; init; } = 1024;

    /// <summary>Such ids that are remembered of one peer, for three heartbeats: above a thousand a second, and 200 KiB at 50 bytes.</summary>
    public int MaxDontWant { get; init; } = 4096;

    /// <summary>Topics that are remembered of one peer. At 256 bytes each these are 128 KiB, so that 512 peers who fill them take 64 MiB.</summary>
    public int MaxTopicsPerPeer { get; init; } = 512;

    /// <summary>Messages that wait for validators; what comes beyond is dropped. Half a second at a thousand a second; at worst, 512 KiB each, they hold 256 MiB.</summary>
    public int MaxValidating { get; init; } = 512;

    /// <summary>Peers that are always sent everything and never stand in a mesh. The agreement has to be mutual.</summary>
    public IReadOnlySet<PeerId> DirectPeers { get; init; } = new HashSet<PeerId>();

    /// <summary>What peers are held to.</summary>
    public GossipScoreOptions Score { get; init; } = new();

    /// <summary>Names a message; everybody in a topic must use the same. The default is publisher and sequence number.</summary>
    public Func<GossipMessage, GossipMessageId> MessageId { get; init; } = static message => message.DefaultId;

    /// <exception cref="ArgumentException">Relations between the sizes do not hold.</exception>
    internal void Validate()
    {
        if (MeshLow < 1 || MeshSize < MeshLow || MeshHigh < MeshSize || MeshByScore > MeshSize)
            throw new ArgumentException("A mesh needs 1 <= low <= size <= high, and at most its size chosen by score.");
        if (MeshOutbound >= MeshLow || MeshOutbound > MeshSize / 2) throw new ArgumentException("Fewer than the lowest and at most half of the mesh are kept for outbound peers.");
        if (HistoryGossip < 1 || HistoryLength < HistoryGossip) throw new ArgumentException("The history is at least as long as what is told of.");
        Score.Validate();
    }
}
