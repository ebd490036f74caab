namespace Pyrsia.Libp2p;

/// <summary>What one peer did.</summary>
internal sealed class PeerScore
{
    public Dictionary<string, TopicCounters> Topics { get; } = new(StringComparer.Ordinal);

    public bool Connected { get; set; }

    public string? Address { get; set; }

    /// <summary>When a peer that is gone is forgotten, milliseconds.</summary>
    public long ForgottenAt { get; set; }

    /// <summary>Breaches of the protocol, P7.</summary>
    public double Behaviour { get; set; }

    public TopicCounters Of(string topic)
    {
        if (!Topics.TryGetValue(topic, out var counters)) Topics.Add(topic, counters = new TopicCounters());
        return counters;
    }
}
