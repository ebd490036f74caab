namespace Pyrsia.Libp2p;

/// <summary>How much of one protocol is served at once. A stream beyond a limit is reset, and a window for which there is no memory stays as it is.</summary>
public sealed record ProtocolLimits
{
    /// <summary>Bytes that a stream counts with from its beginning: 256 KiB that may wait to be read, and as many that may wait to be sent.</summary>
    public const long StreamBytes = 2 * YamuxOptions.InitialWindow;

    /// <summary>Bytes that windows may grow by where nothing else is said, half of what a host has for that by default: one protocol does not slow all others down.</summary>
    private const long Growth = 128 * 1024 * 1024;

    /// <summary>The same of one peer: two streams at full speed, as a connection has.</summary>
    private const long GrowthPerPeer = 32 * 1024 * 1024;

    /// <summary>Streams that are served at once, of all peers: a quarter of what a host takes by default, so that no one protocol takes all.</summary>
    public int MaxStreams { get; init; } = 1024;

    /// <summary>Streams that are served at once to one peer: a sixteenth of those, and more than a round trip's worth of requests that follow one another.</summary>
    public int MaxStreamsPerPeer { get; init; } = 64;

    /// <summary>Bytes that the streams which are served may hold: <see cref="StreamBytes"/> each, and what their receive windows grow by (over QUIC windows are the platform's, and not counted).
    /// Null for what <see cref="MaxStreams"/> need at first and 128 MiB to grow. Streams that this host opened count for connection, peer and host alone: it opens what it wants.</summary>
    public long? MaxBytes { get; init; }

    /// <summary>The same of one peer. Null for what <see cref="MaxStreamsPerPeer"/> need at first and 32 MiB to grow.</summary>
    public long? MaxBytesPerPeer { get; init; }

    /// <summary>Served also over a circuit that its relay cuts after some time or some bytes.</summary>
    public bool AllowLimited { get; init; }

    internal long Bytes => MaxBytes ?? ((MaxStreams * StreamBytes) + Growth);

    internal long BytesPerPeer => MaxBytesPerPeer ?? ((MaxStreamsPerPeer * StreamBytes) + GrowthPerPeer);

    /// <summary>Refuses limits that let nothing through.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number of streams is less than 1, or one of bytes less than <see cref="StreamBytes"/>.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxStreams, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxStreamsPerPeer, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Bytes, StreamBytes, nameof(MaxBytes));
        ArgumentOutOfRangeException.ThrowIfLessThan(BytesPerPeer, StreamBytes, nameof(MaxBytesPerPeer));
    }
}
