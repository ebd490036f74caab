namespace Pyrsia.Libp2p;

/// <summary>Scores of gossipsub peers: what each did in each topic, and what it is worth now. Pure; times are milliseconds of one clock.
/// https://github.com/libp2p/specs/blob/master/pubsub/gossipsub/gossipsub-v1.1.md#the-score-function</summary>
internal sealed class PeerScores(GossipScoreOptions options)
{
    private readonly Dictionary<PeerId, PeerScore> peers = [];
    private readonly Dictionary<string, int> perAddress = [];

    /// <summary>A peer is there.</summary>
    /// <param name="peer">Who.</param>
    /// <param name="address">Its IP address; null for one that is not counted.</param>
    public void Add(PeerId peer, string? address)
    {
        var score = Of(peer);
        if (score.Connected) return;
        (score.Connected, score.Address) = (true, address);
        if (address is not null) perAddress[address] = perAddress.GetValueOrDefault(address) + 1;
    }

    /// <summary>A peer is gone. A good score goes with it; a bad one is kept, so that coming back heals nothing.</summary>
    public void Remove(PeerId peer, long now)
    {
        if (!peers.TryGetValue(peer, out var score) || !score.Connected) return;
        foreach (var (topic, counters) in score.Topics)
        {
            counters.FirstDeliveries = 0;
            counters.LeaveMesh(options.Of(topic));
        }
        var isBad = Score(peer) <= 0;
        score.Connected = false;
        if (score.Address is { } address && --perAddress[address] == 0) perAddress.Remove(address);
        score.ForgottenAt = now + (long)options.Retain.TotalMilliseconds;
        if (!isBad) peers.Remove(peer);
    }

    /// <summary>The peer joined the topic's mesh.</summary>
    public void Graft(PeerId peer, string topic, long now) => Of(peer).Of(topic).EnterMesh(now);

    /// <summary>The peer left the topic's mesh.</summary>
    public void Prune(PeerId peer, string topic) => Of(peer).Of(topic).LeaveMesh(options.Of(topic));

    /// <summary>The peer was the first to deliver a good message.</summary>
    public void Delivered(PeerId peer, string topic)
    {
        var (counters, limits) = (Of(peer).Of(topic), options.Of(topic));
        counters.FirstDeliveries = Math.Min(limits.FirstDeliveriesCap, counters.FirstDeliveries + 1);
        Repeated(peer, topic);
    }

    /// <summary>The peer delivered a good message about as soon as the first one did.</summary>
    public void Repeated(PeerId peer, string topic)
    {
        var (counters, limits) = (Of(peer).Of(topic), options.Of(topic));
        if (counters.InMesh) counters.MeshDeliveries = Math.Min(limits.MeshDeliveriesCap, counters.MeshDeliveries + 1);
    }

    /// <summary>The peer delivered wrong messages.</summary>
    public void Invalid(PeerId peer, string topic, int count = 1) => Of(peer).Of(topic).Invalid += count;

    /// <summary>The peer broke the protocol.</summary>
    public void Misbehaved(PeerId peer, double count = 1) => Of(peer).Behaviour += count;

    /// <summary>What the peer is worth; 0 for a stranger.</summary>
    public double Score(PeerId peer)
    {
        if (!peers.TryGetValue(peer, out var score)) return 0;
        var topics = 0.0;
        foreach (var (topic, counters) in score.Topics) topics += counters.Score(options.Of(topic));
        var sum = Math.Min(topics, options.TopicCap) + (options.ApplicationWeight * options.Application(peer));
        if (score.Address is { } address && perAddress.GetValueOrDefault(address) - options.ColocationThreshold is > 0 and var surplus)
            sum += options.ColocationWeight * surplus * surplus;
        if (score.Behaviour - options.BehaviourThreshold is > 0 and var breaches) sum += options.BehaviourWeight * breaches * breaches;
        return sum;
    }

    /// <summary>Lets time pass: once each decay interval.</summary>
    public void Decay(long now)
    {
        foreach (var (peer, score) in peers)
        {
            if (!score.Connected)
            {
                // What was bad when it left stays as bad until it is forgotten.
                if (now >= score.ForgottenAt) peers.Remove(peer);
                continue;
            }
            foreach (var (topic, counters) in score.Topics) counters.Decay(options.Of(topic), options.DecayToZero, now);
            score.Behaviour *= options.BehaviourDecay;
            if (score.Behaviour < options.DecayToZero) score.Behaviour = 0;
        }
    }

    private PeerScore Of(PeerId peer)
    {
        if (!peers.TryGetValue(peer, out var score)) peers.Add(peer, score = new PeerScore());
        return score;
    }
}
