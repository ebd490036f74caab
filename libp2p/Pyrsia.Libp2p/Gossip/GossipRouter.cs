namespace Pyrsia.Libp2p;

/// <summary>Gossipsub 1.0 to 1.2, pure: told what peers say and that time passes, it says what to send, what to judge and what to deliver.
/// Every topic that is joined has a mesh of a few peers, which get every message at once; some others are told what messages there are, and ask for what
/// they lack. Peers are scored by what they do, and who does badly is heard less and less. Not thread-safe; times are milliseconds of one clock.
/// https://github.com/libp2p/specs/blob/master/pubsub/gossipsub/README.md</summary>
internal sealed partial class GossipRouter
{
    private readonly GossipOptions options;
    private readonly Random random;
    private readonly PeerId self;
    private readonly Dictionary<PeerId, GossipPeer> peers = [];
    private readonly Dictionary<string, HashSet<PeerId>> meshes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (HashSet<PeerId> Peers, long Until)> fanouts = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Topic, PeerId Peer), long> backoffs = [];
    private readonly Dictionary<GossipMessageId, GossipMessage> validating = [];
    private readonly SeenMessages seenMessages;
    private readonly MessageCache cache;
    private readonly PeerScores scores;
    private readonly Dictionary<PeerId, GossipRpc> control = [];
    private readonly List<GossipEffect> todo = [];

    /// <param name="self">This peer.</param>
    /// <param name="options">Parameters, valid ones.</param>
    /// <param name="random">Chooses peers.</param>
    public GossipRouter(PeerId self, GossipOptions options, Random random)
    {
        (this.self, this.options, this.random) = (self, options, random);
        seenMessages = new SeenMessages((long)options.SeenLifetime.TotalMilliseconds, options.MaxSeen);
        cache = new MessageCache(options.HistoryLength, options.HistoryGossip, options.MaxHistoryBytes);
        scores = new PeerScores(options.Score);
    }

    /// <summary>Signed records of peers, for those that are pruned.</summary>
    public Func<PeerId, ReadOnlyMemory<byte>?> RecordOf { get; init; } = static _ => null;

    /// <summary>What a peer is worth now.</summary>
    public double Score(PeerId peer) => scores.Score(peer);

    /// <summary>Peers that get every message of the topic.</summary>
    public IReadOnlyCollection<PeerId> Mesh(string topic) => meshes.TryGetValue(topic, out var mesh) ? mesh : [];

    /// <summary>Peers that joined the topic, as they said.</summary>
    public IReadOnlyList<PeerId> Subscribers(string topic) => [.. peers.Values.Where(p => p.Topics.Contains(topic)).Select(p => p.Id)];

    /// <summary>What is to be done now, in this order. What one peer is told besides messages goes at once.</summary>
    public IReadOnlyList<GossipEffect> Take()
    {
        GossipEffect[] effects = [.. control.Where(c => peers.ContainsKey(c.Key)).Select(c => new SendGossip(c.Key, c.Value)), .. todo];
        control.Clear();
        todo.Clear();
        return effects;
    }

    /// <summary>A peer is there that speaks gossipsub.</summary>
    /// <param name="peer">Who.</param>
    /// <param name="isOutbound">This side dialed it.</param>
    /// <param name="wavesOff">It speaks version 1.2.</param>
    /// <param name="address">Its IP address; null where it does not count.</param>
    public void AddPeer(PeerId peer, bool isOutbound, bool wavesOff, string? address)
    {
        if (!peers.TryAdd(peer, new GossipPeer(peer, isOutbound, wavesOff))) return;
        scores.Add(peer, address);
        if (meshes.Count > 0) ToPeer(peer).Subscriptions.AddRange(meshes.Keys.Select(topic => (topic, true)));
    }

    /// <summary>A peer is gone.</summary>
    public void RemovePeer(PeerId peer, long now)
    {
        if (!peers.Remove(peer)) return;
        control.Remove(peer);
        foreach (var mesh in meshes.Values) mesh.Remove(peer);
        foreach (var (fanout, _) in fanouts.Values) fanout.Remove(peer);
        scores.Remove(peer, now);
    }

    /// <summary>Joins a topic: who got what was published there before makes the first mesh.</summary>
    public void Join(string topic, long now)
    {
        if (meshes.ContainsKey(topic)) return;
        meshes.Add(topic, []);
        var known = fanouts.Remove(topic, out var fanout) ? fanout.Peers : [];
        foreach (var peer in known.Where(p => MayGraft(topic, peers[p], now)).Take(options.MeshSize)) Graft(topic, peer, now);
        GraftMore(topic, options.MeshSize - meshes[topic].Count, now, _ => true);
        foreach (var peer in peers.Keys) ToPeer(peer).Subscriptions.Add((topic, true));
    }

    /// <summary>Leaves a topic.</summary>
    public void Leave(string topic, long now)
    {
        if (!meshes.TryGetValue(topic, out var mesh)) return;
        foreach (var peer in mesh.ToArray()) Prune(topic, peer, now, options.UnsubscribeBackoff, exchange: false);
        meshes.Remove(topic);
        foreach (var peer in peers.Keys) ToPeer(peer).Subscriptions.Add((topic, false));
    }

    private GossipRpc ToPeer(PeerId peer)
    {
        if (!control.TryGetValue(peer, out var rpc)) control.Add(peer, rpc = new GossipRpc());
        return rpc;
    }

    private bool IsDirect(PeerId peer) => options.DirectPeers.Contains(peer);

    private IEnumerable<GossipPeer> PeersOf(string topic) => peers.Values.Where(p => p.Topics.Contains(topic));

    private bool MayGraft(string topic, GossipPeer peer, long now) =>
        peer.Topics.Contains(topic) && !IsDirect(peer.Id) && !meshes[topic].Contains(peer.Id) && scores.Score(peer.Id) >= 0 && backoffs.GetValueOrDefault((topic, peer.Id)) <= now;

    private void GraftMore(string topic, int count, long now, Func<GossipPeer, bool> wanted)
    {
        if (count <= 0) return;
        foreach (var peer in Shuffled(peers.Values.Where(p => MayGraft(topic, p, now) && wanted(p))).Take(count)) Graft(topic, peer.Id, now);
    }

    private void Graft(string topic, PeerId peer, long now)
    {
        meshes[topic].Add(peer);
        scores.Graft(peer, topic, now);
        ToPeer(peer).Graft.Add(topic);
    }

    private void Prune(string topic, PeerId peer, long now, TimeSpan backoff, bool exchange)
    {
        if (meshes.TryGetValue(topic, out var mesh) && mesh.Remove(peer)) scores.Prune(peer, topic);
        BackOff(topic, peer, now, backoff);
        ToPeer(peer).Prune.Add(new GossipPrune(topic, backoff, exchange && options.PeerExchange ? Others(topic, peer) : []));
    }

    private void BackOff(string topic, PeerId peer, long now, TimeSpan backoff)
    {
        var until = now + (long)backoff.TotalMilliseconds;
        if (backoffs.GetValueOrDefault((topic, peer)) < until) backoffs[(topic, peer)] = until;
    }

    /// <summary>Peers of the topic in good standing, with their own words on where they are.</summary>
    private List<(PeerId, ReadOnlyMemory<byte>)> Others(string topic, PeerId pruned)
    {
        List<(PeerId, ReadOnlyMemory<byte>)> others = [];
        foreach (var peer in Shuffled(PeersOf(topic).Where(p => p.Id != pruned && scores.Score(p.Id) >= 0)))
        {
            if (others.Count == GossipRpc.MaxExchangedPeers) break;
            if (RecordOf(peer.Id) is { } record) others.Add((peer.Id, record));
        }
        return others;
    }

    private T[] Shuffled<T>(IEnumerable<T> items)
    {
        T[] array = [.. items];
        random.Shuffle(array);
        return array;
    }
}
