namespace Pyrsia.Consensus;

/// <summary>Time constants of one network; every authority should use the same.</summary>
public sealed record ConsensusTiming
{
    /// <summary>D, the assumed one-way delay that all time-outs are multiples of: 500 ms suits a wide-area network.</summary>
    public TimeSpan Delay { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Cap of D under back-off.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>An empty block is made after this long without a finalized block, which refreshes cosignature times.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How far a proposal's time may lie ahead of the voter's clock; widened with the back-off.</summary>
    public TimeSpan ClockTolerance { get; init; } = TimeSpan.FromMilliseconds(500);
}
