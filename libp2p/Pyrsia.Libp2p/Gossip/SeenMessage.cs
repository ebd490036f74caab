namespace Pyrsia.Libp2p;

/// <summary>A message that came.</summary>
internal sealed class SeenMessage
{
    /// <summary>Null until it was judged.</summary>
    public GossipVerdict? Verdict { get; set; }

    /// <summary>When it was judged, milliseconds.</summary>
    public long JudgedAt { get; set; }

    /// <summary>Who sent it, the first one first; nobody counts twice. Null once more of it counts for nothing.</summary>
    public List<PeerId>? Senders { get; set; } = [];
}
