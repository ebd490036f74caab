namespace Pyrsia.Libp2p;

/// <summary>What peers say of topics, meshes and messages.</summary>
internal sealed partial class GossipRouter
{
    /// <summary>Hears a peer.</summary>
    /// <param name="peer">Who speaks; a stranger is not heard.</param>
    /// <param name="rpc">What it says.</param>
    /// <param name="malformed">Published messages beside it that could not be read.</param>
    /// <param name="now">The clock.</param>
    public void Receive(PeerId peer, GossipRpc rpc, int malformed, long now)
    {
        if (!peers.TryGetValue(peer, out var from)) return;
        if (!IsDirect(peer) && scores.Score(peer) < options.Score.GraylistThreshold) return;
        // Nobody knows which topic they were for.
        if (malformed > 0) scores.Misbehaved(peer, malformed);
        foreach (var (topic, joined) in rpc.Subscriptions) OnSubscription(from, topic, joined);
        foreach (var message in rpc.Messages) OnMessage(from, message, now);
        OnIHave(from, rpc.IHave, now);
        OnIWant(from, rpc.IWant);
        foreach (var topic in rpc.Graft) OnGraft(from, topic, now);
        foreach (var prune in rpc.Prune) OnPrune(from, prune, now);
        foreach (var id in rpc.IDontWant.Take(options.MaxDontWant - from.DontWant.Count)) from.DontWant.TryAdd(id, ticks + options.HistoryGossip);
    }

    private void OnSubscription(GossipPeer from, string topic, bool joined)
    {
        if (joined && from.Topics.Count < options.MaxTopicsPerPeer) from.Topics.Add(topic);
        if (joined) return;
        from.Topics.Remove(topic);
        if (meshes.TryGetValue(topic, out var mesh) && mesh.Remove(from.Id)) scores.Prune(from.Id, topic);
        if (fanouts.TryGetValue(topic, out var fanout)) fanout.Peers.Remove(from.Id);
    }

    private void OnIHave(GossipPeer from, List<(string Topic, IReadOnlyList<GossipMessageId> Ids)> offers, long now)
    {
        if (offers.Count == 0 || scores.Score(from.Id) < options.Score.GossipThreshold || ++from.IHaves > options.MaxIHaveMessages) return;
        var lacking = offers.Where(offer => meshes.ContainsKey(offer.Topic)).SelectMany(offer => offer.Ids).Distinct().Where(id => seenMessages.Find(id) is null);
        var wanted = Shuffled(lacking).Take(GossipRpc.MaxIds - from.Asked).ToArray();
        if (wanted.Length == 0) return;
        from.Asked += wanted.Length;
        ToPeer(from.Id).IWant.AddRange(wanted);
        // One of them, which the peer cannot guess, has to come.
        from.Promises.TryAdd(wanted[0], now + (long)options.IWantFollowup.TotalMilliseconds);
    }

    private void OnIWant(GossipPeer from, List<GossipMessageId> ids)
    {
        if (ids.Count == 0 || scores.Score(from.Id) < options.Score.GossipThreshold) return;
        foreach (var id in ids)
            if (cache.Take(id, from.Id, options.MaxRetransmissions) is { } message) SendMessage(from.Id, id, Only(message));
    }

    private void OnGraft(GossipPeer from, string topic, long now)
    {
        // Of a topic that is not joined nothing is said: an answer for each would be work that a stranger can order.
        if (!meshes.TryGetValue(topic, out var mesh) || mesh.Contains(from.Id)) return;
        var score = scores.Score(from.Id);
        if (backoffs.GetValueOrDefault((topic, from.Id)) is var until && until > now)
        {
            scores.Misbehaved(from.Id);
            var prunedAt = until - (long)options.PruneBackoff.TotalMilliseconds;
            if (now < prunedAt + (long)options.GraftFloodThreshold.TotalMilliseconds) scores.Misbehaved(from.Id);
            Prune(topic, from.Id, now, options.PruneBackoff, exchange: false);
        }
        else if (IsDirect(from.Id) || score < 0) Prune(topic, from.Id, now, options.PruneBackoff, exchange: false);
        else if (mesh.Count >= options.MeshHigh && !from.IsOutbound) Prune(topic, from.Id, now, options.PruneBackoff, exchange: true);
        else
        {
            // Who grafts is in the topic, whether or not that has been said.
            OnSubscription(from, topic, joined: true);
            mesh.Add(from.Id);
            scores.Graft(from.Id, topic, now);
        }
    }

    private void OnPrune(GossipPeer from, GossipPrune prune, long now)
    {
        if (!meshes.TryGetValue(prune.Topic, out var mesh)) return;
        if (mesh.Remove(from.Id)) scores.Prune(from.Id, prune.Topic);
        BackOff(prune.Topic, from.Id, now, prune.Backoff ?? options.PruneBackoff);
        if (!options.PeerExchange || scores.Score(from.Id) < options.Score.AcceptPeersThreshold) return;
        foreach (var (peer, signed) in prune.Peers)
            if (peer != self && !peers.ContainsKey(peer) && PeerRecord.TryOpen(signed.Span, out var record) && record.PeerId == peer) todo.Add(new MeetPeer(record));
    }
}
