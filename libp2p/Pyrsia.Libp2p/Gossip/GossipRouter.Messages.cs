namespace Pyrsia.Libp2p;

/// <summary>Messages: publishing, judging, forwarding.</summary>
internal sealed partial class GossipRouter
{
    /// <summary>Publishes a message of one's own, which counts as judged.</summary>
    /// <returns>How many peers it goes to.</returns>
    public int Publish(GossipMessage message, long now)
    {
        var id = options.MessageId(message);
        if (seenMessages.Find(id) is not null) return 0;
        var seen = seenMessages.Add(id, now);
        (seen.Verdict, seen.Senders) = (GossipVerdict.Accept, null);
        cache.Put(id, message);
        var targets = Targets(message.Topic, now);
        var rpc = Only(message);
        foreach (var peer in targets) SendMessage(peer, id, rpc);
        return targets.Count;
    }

    /// <summary>A validator has judged a message.</summary>
    public void Judge(GossipMessageId id, GossipVerdict verdict, long now)
    {
        if (!validating.Remove(id, out var message) || seenMessages.Find(id) is not { Senders: [var first, ..] senders } seen) return;
        (seen.Verdict, seen.JudgedAt) = (verdict, now);
        switch (verdict)
        {
            case GossipVerdict.Accept:
                scores.Delivered(first, message.Topic);
                foreach (var sender in senders.Skip(1)) scores.Repeated(sender, message.Topic);
                cache.Put(id, message);
                Forward(id, message, senders);
                todo.Add(new DeliverGossip(message));
                break;
            case GossipVerdict.Reject:
                foreach (var sender in senders) scores.Invalid(sender, message.Topic);
                break;
        }
        if (verdict != GossipVerdict.Accept) seen.Senders = null;
    }

    private HashSet<PeerId> Targets(string topic, long now)
    {
        HashSet<PeerId> targets = [.. PeersOf(topic).Where(p => IsDirect(p.Id)).Select(p => p.Id)];
        if (options.FloodPublish) targets.UnionWith(PeersOf(topic).Where(IsWorthTelling).Select(p => p.Id));
        else if (meshes.TryGetValue(topic, out var mesh)) targets.UnionWith(mesh);
        else targets.UnionWith(Fanout(topic, now));
        return targets;
    }

    private bool IsWorthTelling(GossipPeer peer) => scores.Score(peer.Id) >= options.Score.PublishThreshold;

    /// <summary>Peers that get what is published to a topic that is not joined: the same ones for a while.</summary>
    private HashSet<PeerId> Fanout(string topic, long now)
    {
        var chosen = fanouts.TryGetValue(topic, out var fanout) ? fanout.Peers : [];
        fanouts[topic] = (chosen, now + (long)options.FanoutLifetime.TotalMilliseconds);
        FillFanout(topic, chosen);
        return chosen;
    }

    private void FillFanout(string topic, HashSet<PeerId> chosen)
    {
        chosen.RemoveWhere(p => !peers.TryGetValue(p, out var peer) || !peer.Topics.Contains(topic) || !IsWorthTelling(peer));
        chosen.UnionWith(Shuffled(PeersOf(topic).Where(p => !chosen.Contains(p.Id) && !IsDirect(p.Id) && IsWorthTelling(p))).Take(options.MeshSize - chosen.Count).Select(p => p.Id));
    }

    private void OnMessage(GossipPeer from, GossipMessage message, long now)
    {
        if (!meshes.ContainsKey(message.Topic) || message.From == self) return;
        var id = options.MessageId(message);
        from.Promises.Remove(id);
        if (seenMessages.Find(id) is { } known)
        {
            OnRepetition(from.Id, message.Topic, known, now);
            return;
        }
        if (validating.Count >= options.MaxValidating) return;
        // The name of what nobody signed is not taken: it would keep the true message out.
        if (!message.IsSigned())
        {
            scores.Invalid(from.Id, message.Topic);
            return;
        }
        seenMessages.Add(id, now).Senders!.Add(from.Id);
        foreach (var peer in peers.Values) peer.Promises.Remove(id);
        message = message with { ReceivedFrom = from.Id };
        validating.Add(id, message);
        WaveOff(from.Id, id, message);
        todo.Add(new ValidateGossip(id, message));
    }

    private void OnRepetition(PeerId from, string topic, SeenMessage known, long now)
    {
        if (known.Senders is null)
        {
            if (known.Verdict == GossipVerdict.Reject) scores.Invalid(from, topic);
            return;
        }
        if (known.Senders.Contains(from)) return;
        if (known.Verdict is null) known.Senders.Add(from);
        else if (now - known.JudgedAt <= options.Score.Of(topic).MeshDeliveriesWindow.TotalMilliseconds)
        {
            known.Senders.Add(from);
            scores.Repeated(from, topic);
        }
        else known.Senders = null;
    }

    /// <summary>Tells the mesh that a large message is here already (version 1.2).</summary>
    private void WaveOff(PeerId from, GossipMessageId id, GossipMessage message)
    {
        if (message.Data.Length < options.DontWantThreshold) return;
        foreach (var peer in meshes[message.Topic].Where(p => p != from && peers[p].WavesOff)) ToPeer(peer).IDontWant.Add(id);
    }

    private void Forward(GossipMessageId id, GossipMessage message, List<PeerId> senders)
    {
        if (!meshes.TryGetValue(message.Topic, out var mesh)) return;
        var rpc = Only(message);
        foreach (var peer in mesh.Union(PeersOf(message.Topic).Where(p => IsDirect(p.Id)).Select(p => p.Id)))
            if (peer != message.From && !senders.Contains(peer)) SendMessage(peer, id, rpc);
    }

    private static GossipRpc Only(GossipMessage message)
    {
        var rpc = new GossipRpc();
        rpc.Messages.Add(message);
        return rpc;
    }

    private void SendMessage(PeerId peer, GossipMessageId id, GossipRpc rpc)
    {
        if (!peers[peer].DontWant.ContainsKey(id)) todo.Add(new SendGossip(peer, rpc));
    }
}
