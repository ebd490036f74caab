namespace Pyrsia.Libp2p;

/// <summary>Keeping the meshes in shape, and telling others what messages there are.</summary>
internal sealed partial class GossipRouter
{
    /// <summary>Heartbeats after a back-off's end that a graft still waits, for the other side's clock.</summary>
    private const int BackoffSlack = 1;

    private long ticks;
    private long decayedAt;

    /// <summary>Once each heartbeat interval.</summary>
    public void Heartbeat(long now)
    {
        ticks++;
        Settle(now);
        foreach (var topic in meshes.Keys) Maintain(topic, now);
        foreach (var (topic, fanout) in fanouts)
        {
            if (fanout.Until <= now) fanouts.Remove(topic);
            else FillFanout(topic, fanout.Peers);
        }
        foreach (var topic in meshes.Keys.Concat(fanouts.Keys)) Gossip(topic);
        cache.Shift();
    }

    /// <summary>Broken promises, old notes, decay.</summary>
    private void Settle(long now)
    {
        foreach (var peer in peers.Values)
        {
            (peer.IHaves, peer.Asked) = (0, 0);
            foreach (var (id, until) in peer.Promises)
            {
                if (until > now) continue;
                peer.Promises.Remove(id);
                scores.Misbehaved(peer.Id);
            }
            foreach (var (id, until) in peer.DontWant)
                if (until <= ticks) peer.DontWant.Remove(id);
        }
        var slack = BackoffSlack * (long)options.Heartbeat.TotalMilliseconds;
        foreach (var (key, until) in backoffs)
            if (until + slack <= now) backoffs.Remove(key);
        seenMessages.Forget(now);
        if (now - decayedAt < options.Score.DecayInterval.TotalMilliseconds) return;
        decayedAt = now;
        scores.Decay(now);
    }

    private void Maintain(string topic, long now)
    {
        var mesh = meshes[topic];
        foreach (var peer in mesh.Where(p => scores.Score(p) < 0).ToArray()) Prune(topic, peer, now, options.PruneBackoff, exchange: false);
        if (mesh.Count < options.MeshLow) GraftMore(topic, options.MeshSize - mesh.Count, now, _ => true);
        if (mesh.Count > options.MeshHigh) Shrink(topic, mesh, now);
        if (mesh.Count >= options.MeshLow) GraftMore(topic, options.MeshOutbound - mesh.Count(p => peers[p].IsOutbound), now, p => p.IsOutbound);
        if (ticks % options.OpportunisticGraftTicks != 0 || mesh.Count <= 1) return;
        var median = mesh.Select(scores.Score).Order().ElementAt(mesh.Count / 2);
        if (median < options.Score.OpportunisticGraftThreshold) GraftMore(topic, options.OpportunisticGraftPeers, now, p => scores.Score(p.Id) > median);
    }

    /// <summary>Down to its size: the best stay, some by chance, and enough of those that this side dialed.</summary>
    private void Shrink(string topic, HashSet<PeerId> mesh, long now)
    {
        var ranked = Shuffled(mesh).OrderByDescending(scores.Score).ToList();
        List<PeerId> kept = [.. ranked.Take(options.MeshByScore), .. Shuffled(ranked.Skip(options.MeshByScore)).Take(options.MeshSize - options.MeshByScore)];
        var outbound = kept.Count(p => peers[p].IsOutbound);
        foreach (var peer in ranked.Where(p => peers[p].IsOutbound && !kept.Contains(p)).Take(options.MeshOutbound - outbound))
        {
            // In place of the last that came by chance and dialed itself.
            kept.RemoveAt(kept.FindLastIndex(p => !peers[p].IsOutbound));
            kept.Insert(0, peer);
        }
        foreach (var peer in ranked.Except(kept)) Prune(topic, peer, now, options.PruneBackoff, exchange: true);
    }

    private void Gossip(string topic)
    {
        var ids = cache.Recent(topic);
        if (ids.Count == 0) return;
        var near = meshes.TryGetValue(topic, out var mesh) ? mesh : fanouts[topic].Peers;
        var others = Shuffled(PeersOf(topic).Where(p => !near.Contains(p.Id) && !IsDirect(p.Id) && scores.Score(p.Id) >= options.Score.GossipThreshold));
        foreach (var peer in others.Take(Math.Max(options.GossipPeers, (int)(options.GossipFactor * others.Length))))
        {
            // Each is told another choice where there are too many; what is said at once is bounded over all topics.
            var room = GossipRpc.MaxIds - ToPeer(peer.Id).IHave.Sum(offer => offer.Ids.Count);
            if (room > 0) ToPeer(peer.Id).IHave.Add((topic, [.. (ids.Count > room ? Shuffled(ids).Take(room) : ids)]));
        }
    }
}
