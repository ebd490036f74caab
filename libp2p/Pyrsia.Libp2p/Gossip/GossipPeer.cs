namespace Pyrsia.Libp2p;

/// <summary>What the router knows of a peer.</summary>
internal sealed class GossipPeer(PeerId id, bool isOutbound, bool wavesOff)
{
    public PeerId Id { get; } = id;

    /// <summary>This side dialed it.</summary>
    public bool IsOutbound { get; } = isOutbound;

    /// <summary>It understands idontwant (version 1.2).</summary>
    public bool WavesOff { get; } = wavesOff;

    public HashSet<string> Topics { get; } = new(StringComparer.Ordinal);

    /// <summary>Tellings of new messages since the last heartbeat.</summary>
    public int IHaves { get; set; }

    /// <summary>Messages asked for since the last heartbeat.</summary>
    public int Asked { get; set; }

    /// <summary>What it does not want, with the heartbeat at which that is forgotten.</summary>
    public Dictionary<GossipMessageId, long> DontWant { get; } = [];

    /// <summary>Messages that it told of and that were asked for, by when they should be here, milliseconds.</summary>
    public Dictionary<GossipMessageId, long> Promises { get; } = [];
}
