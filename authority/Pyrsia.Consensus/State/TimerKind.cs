namespace Pyrsia.Consensus;

internal enum TimerKind
{
    /// <summary>2D: the view's proposal should be here. Keyed by the view.</summary>
    Leader,

    /// <summary>3D: the view should be over. Keyed by the view.</summary>
    Advance,

    /// <summary>4D: say again what was said. Keyed by the view.</summary>
    Resend,

    /// <summary>D: a notarized block has no finalization yet and nothing else is pending. Keyed by the view.</summary>
    Linger,

    /// <summary>D without back-off: ask again for what is missing. Not keyed by a view.</summary>
    Fetch,

    /// <summary>An empty block is due. Keyed by the last finalized view.</summary>
    Heartbeat,

    /// <summary>A deadline of the application is due in log time. Keyed by the last finalized view.</summary>
    Deadline,
}
