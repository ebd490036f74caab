namespace Pyrsia.Libp2p;

/// <summary>How much of one protocol is served at once. A stream beyond a limit is reset.</summary>
public sealed record ProtocolLimits
{
    /// <summary>Streams that are served at once, of all peers: a quarter of what a host takes by default, so that no one protocol takes all.</summary>
    public int MaxStreams { get; init; } = 1024;

    /// <summary>Streams that are served at once to one peer: a sixteenth of those, and more than a round trip's worth of requests that follow one another.</summary>
    public int MaxStreamsPerPeer { get; init; } = 64;

    /// <summary>Served also over a circuit that its relay cuts after some time or some bytes.</summary>
    public bool AllowLimited { get; init; }
}
