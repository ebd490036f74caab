namespace Pyrsia.Libp2p;

/// <summary>What a peer's behaviour is worth, and what it takes to be heard. Letters are the specification's.
/// https://github.com/libp2p/specs/blob/master/pubsub/gossipsub/gossipsub-v1.1.md#peer-scoring</summary>
public sealed record GossipScoreOptions
{
    /// <summary>Below it no gossip goes to the peer or is taken from it: ten times the default price of one wrong message.</summary>
    public double GossipThreshold { get; init; } = -100;

    /// <summary>Below it own messages do not go to the peer.</summary>
    public double PublishThreshold { get; init; } = -500;

    /// <summary>Below it nothing at all is heard from the peer.</summary>
    public double GraylistThreshold { get; init; } = -1000;

    /// <summary>From it on the peer's word on others is followed. Above what a topic's good behaviour brings by default in its first minute.</summary>
    public double AcceptPeersThreshold { get; init; } = 10;

    /// <summary>A mesh whose median is below it looks for better peers.</summary>
    public double OpportunisticGraftThreshold { get; init; } = 2;

    /// <summary>Scores of topics; what is not here has <see cref="DefaultTopic"/>.</summary>
    public IReadOnlyDictionary<string, GossipTopicScoreOptions> Topics { get; init; } = new Dictionary<string, GossipTopicScoreOptions>();

    /// <summary>Score of a topic that has none of its own.</summary>
    public GossipTopicScoreOptions DefaultTopic { get; init; } = new();

    /// <summary>Most that topics bring a peer in sum, TC.</summary>
    public double TopicCap { get; init; } = 100;

    /// <summary>What the program itself thinks of a peer, P5.</summary>
    public Func<PeerId, double> Application { get; init; } = static _ => 0;

    /// <summary>Weight of P5, at least 0.</summary>
    public double ApplicationWeight { get; init; } = 1;

    /// <summary>Weight of the square of peers of one IP address beyond the threshold, P6, at most 0. Loopback addresses are exempt.</summary>
    public double ColocationWeight { get; init; } = -50;

    /// <summary>Peers that one IP address may have.</summary>
    public int ColocationThreshold { get; init; } = 10;

    /// <summary>Weight of the square of breaches of the protocol beyond the threshold, P7, at most 0.</summary>
    public double BehaviourWeight { get; init; } = -10;

    /// <summary>Breaches that cost nothing: some come from messages that cross.</summary>
    public double BehaviourThreshold { get; init; } = 6;

    /// <summary>What a breach is worth of itself after <see cref="DecayInterval"/>.</summary>
    public double BehaviourDecay { get; init; } = 0.99;

    /// <summary>Time between two decays.</summary>
    public TimeSpan DecayInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A counter below it is 0.</summary>
    public double DecayToZero { get; init; } = 0.01;

    /// <summary>How long a bad score outlives the connection.</summary>
    public TimeSpan Retain { get; init; } = TimeSpan.FromHours(1);

    internal GossipTopicScoreOptions Of(string topic) => Topics.GetValueOrDefault(topic, DefaultTopic);

    /// <exception cref="ArgumentException">A threshold or a weight has the wrong sign or order.</exception>
    internal void Validate()
    {
        if (GossipThreshold > 0 || PublishThreshold > GossipThreshold || GraylistThreshold > PublishThreshold || AcceptPeersThreshold < 0 || OpportunisticGraftThreshold < 0)
            throw new ArgumentException("Thresholds need graylist <= publish <= gossip <= 0, and the others at least 0.");
        if (ApplicationWeight < 0 || ColocationWeight > 0 || BehaviourWeight > 0 || BehaviourDecay is <= 0 or >= 1)
            throw new ArgumentException("Weights of penalties are at most 0, and a decay lies between 0 and 1.");
        foreach (var topic in Topics.Values.Append(DefaultTopic)) topic.Validate();
    }
}
