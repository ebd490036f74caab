namespace Pyrsia.Libp2p;

/// <summary>What a received header means to the driver.</summary>
internal readonly record struct YamuxInput(YamuxInputKind Kind, YamuxStreamState? Stream = null, uint Value = 0)
{
    /// <summary>The peer opened the stream with this frame.</summary>
    public bool Opened { get; init; }

    /// <summary>The peer sends nothing after this frame's payload.</summary>
    public bool Finished { get; init; }

    /// <summary>The peer acknowledged the stream with this frame.</summary>
    public bool Acknowledged { get; init; }

    /// <summary>What the peer did wrong, with <see cref="YamuxInputKind.Violation"/>.</summary>
    public string? Error { get; init; }
}
