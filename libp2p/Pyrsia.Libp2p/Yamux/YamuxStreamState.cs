namespace Pyrsia.Libp2p;

/// <summary>What a session knows about one stream. Held windows always add up: may still be sent + buffered + consumed and not reported = target.</summary>
internal sealed class YamuxStreamState(uint id, bool inbound)
{
    public uint Id { get; } = id;

    /// <summary>Opened by the peer.</summary>
    public bool Inbound { get; } = inbound;

    /// <summary>The peer knows of it.</summary>
    public bool Announced { get; set; } = inbound;

    /// <summary>Our ACK went out, or the peer's arrived.</summary>
    public bool Acknowledged { get; set; }

    /// <summary>Bytes we may send.</summary>
    public long SendWindow { get; set; } = YamuxOptions.InitialWindow;

    /// <summary>Bytes the peer may send.</summary>
    public long ReceiveWindow { get; set; } = YamuxOptions.InitialWindow;

    /// <summary>Size of the window that we keep open.</summary>
    public long WindowTarget { get; set; } = YamuxOptions.InitialWindow;

    /// <summary>What the window grows from besides the session's; null before that is known.</summary>
    public IWindowBudget? Budget { get; set; }

    /// <summary>Bytes taken by the reader that the peer was not told of.</summary>
    public long Unreported { get; set; }

    /// <summary>When the last window update was made; ticks of the clock that is handed in.</summary>
    public TimeSpan LastUpdate { get; set; }

    public bool LocalFinished { get; set; }

    public bool RemoteFinished { get; set; }

    public bool Reset { get; set; }

    /// <summary>The driver's object of this stream.</summary>
    public YamuxStream? Driver { get; set; }
}
