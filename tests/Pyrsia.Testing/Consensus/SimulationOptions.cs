using Pyrsia.Consensus;

namespace Pyrsia.Testing.Consensus;

/// <summary>One schedule. Everything that the seed does not decide.</summary>
internal sealed record SimulationOptions
{
    public required int Participants { get; init; }

    public required ulong Seed { get; init; }

    /// <summary>Rules of the honest participants; tests of the tests replace one.</summary>
    public SimplexRules Rules { get; init; } = SimplexRules.Standard;

    /// <summary>Whether set changes are frequent, and an epoch begins where another ends; otherwise everything ends with the first.</summary>
    public bool Epochs { get; init; }

    /// <summary>Real keys; null for the oracle.</summary>
    public IVoteKeys? Keys { get; init; }

    /// <summary>How many participants are byzantine; null lets the seed choose from 0 to f.</summary>
    public int? Byzantine { get; init; }

    /// <summary>Told every step and effect, to read one schedule by eye; null for none.</summary>
    public Action<string>? Trace { get; init; }

    /// <summary>The assumed one-way delay D; null lets the seed choose (sometimes several times too short).</summary>
    public int? DelayMs { get; init; }

    /// <summary>Real delay of the network (two milliseconds of jitter above it); null lets the seed choose.</summary>
    public int? NetworkDelayMs { get; init; }

    /// <summary>Liveness, virtual milliseconds from the end of the faults to the last entry everywhere.</summary>
    public long LivenessLimitMs { get; init; } = 60_000;
}
