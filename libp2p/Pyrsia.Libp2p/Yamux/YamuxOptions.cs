namespace Pyrsia.Libp2p;

/// <summary>Limits of one yamux session.</summary>
internal sealed record YamuxOptions
{
    /// <summary>Receive window of a new stream, in bytes; fixed by the specification.</summary>
    public const int InitialWindow = 256 * 1024;

    /// <summary>Longest Data frame that is sent, in bytes: with its header it fills one noise message, and no other stream waits for more.</summary>
    public const int MaxFrame = NoiseChannel.MaxPlaintext - YamuxHeader.Size;

    /// <summary>Streams that may wait for the other side's ACK, from the specification.</summary>
    public const int MaxUnacknowledged = 256;

    /// <summary>Control frames that may wait to be sent. A peer that makes us owe more answers than it reads is cut off.</summary>
    public const int MaxQueuedControl = 4096;

    /// <summary>Largest window that auto-tuning grows to, in bytes: 16 MiB carry 2 Gbit/s at 60 ms.</summary>
    public int MaxWindow { get; init; } = 16 * 1024 * 1024;

    /// <summary>Bytes that the windows of one session may be grown by in sum; bounds what a peer can make us hold.</summary>
    public long MaxWindowGrowth { get; init; } = 32 * 1024 * 1024;

    /// <summary>Streams that the peer may have open at once. Their initial windows bound what it can make us hold: 128 MiB if all are full.</summary>
    public int MaxInboundStreams { get; init; } = 512;

    /// <summary>Counts what sessions carry, null when nobody does.</summary>
    public ITrafficMeter? Traffic { get; init; }

    /// <summary>What all sessions of a host grow their windows from, null for no limit beside <see cref="MaxWindowGrowth"/>.</summary>
    public IYamuxBudget? Budget { get; init; }
}
