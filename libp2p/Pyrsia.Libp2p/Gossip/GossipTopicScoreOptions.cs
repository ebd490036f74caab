namespace Pyrsia.Libp2p;

/// <summary>What a peer's behaviour in one topic is worth. https://github.com/libp2p/specs/blob/master/pubsub/gossipsub/gossipsub-v1.1.md#topic-parameter-calculation-and-decay</summary>
public sealed record GossipTopicScoreOptions
{
    /// <summary>Weight of the topic.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>Worth of a quantum of time in the mesh, P1, at least 0.</summary>
    public double TimeInMeshWeight { get; init; } = 0.02;

    /// <summary>The quantum.</summary>
    public TimeSpan TimeInMeshQuantum { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Quanta that count: two minutes.</summary>
    public double TimeInMeshCap { get; init; } = 120;

    /// <summary>Worth of a message that the peer was the first to deliver, P2, at least 0.</summary>
    public double FirstDeliveriesWeight { get; init; } = 1;

    /// <summary>What such a delivery is worth of itself after a decay interval.</summary>
    public double FirstDeliveriesDecay { get; init; } = 0.98;

    /// <summary>Deliveries that count.</summary>
    public double FirstDeliveriesCap { get; init; } = 50;

    /// <summary>Weight of the square of missing deliveries to the mesh, P3, at most 0; 0 where nobody knows how many to expect.</summary>
    public double MeshDeliveriesWeight { get; init; }

    /// <summary>What a delivery counts of itself after a decay interval.</summary>
    public double MeshDeliveriesDecay { get; init; } = 0.97;

    /// <summary>Deliveries that count.</summary>
    public double MeshDeliveriesCap { get; init; } = 100;

    /// <summary>Deliveries that are expected.</summary>
    public double MeshDeliveriesThreshold { get; init; } = 20;

    /// <summary>How long after a message was found good its repetition still counts as a delivery.</summary>
    public TimeSpan MeshDeliveriesWindow { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>How long a peer is in the mesh before deliveries are missed.</summary>
    public TimeSpan MeshDeliveriesActivation { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Weight of what was missing when a peer was pruned, P3b, at most 0.</summary>
    public double MeshFailureWeight { get; init; }

    /// <summary>What it counts of itself after a decay interval.</summary>
    public double MeshFailureDecay { get; init; } = 0.97;

    /// <summary>Weight of the square of wrong messages, P4, at most 0.</summary>
    public double InvalidWeight { get; init; } = -10;

    /// <summary>What a wrong message counts of itself after a decay interval: a tenth after eight minutes.</summary>
    public double InvalidDecay { get; init; } = 0.995;

    /// <exception cref="ArgumentException">A weight has the wrong sign, or a decay is no share.</exception>
    internal void Validate()
    {
        if (Weight < 0 || TimeInMeshWeight < 0 || FirstDeliveriesWeight < 0 || MeshDeliveriesWeight > 0 || MeshFailureWeight > 0 || InvalidWeight > 0)
            throw new ArgumentException("Weights of what is good are at least 0, of what is bad at most 0.");
        if (new[] { FirstDeliveriesDecay, MeshDeliveriesDecay, MeshFailureDecay, InvalidDecay }.Any(decay => decay is <= 0 or >= 1) || TimeInMeshQuantum <= TimeSpan.Zero)
            throw new ArgumentException("A decay lies between 0 and 1, and the quantum of time is longer than none.");
    }
}
