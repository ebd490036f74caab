namespace Pyrsia.Testing.Consensus;

/// <summary>Sums over the schedules of a campaign.</summary>
internal sealed class CampaignResult
{
    public int Schedules { get; private set; }

    public long Events { get; private set; }

    public long Restarts { get; private set; }

    public long Blocks { get; private set; }

    public int Forks { get; private set; }

    /// <summary>Epochs that ended.</summary>
    public long Epochs { get; private set; }

    /// <summary>The first violation; null when there is none.</summary>
    public string? Violation { get; private set; }

    public ulong ViolatingSeed { get; private set; }

    public void Add(ulong seed, SimulationOutcome outcome)
    {
        Schedules++;
        Events += outcome.Events;
        Restarts += outcome.Restarts;
        Blocks += outcome.Blocks;
        Epochs += outcome.Epochs;
        if (outcome.Forked) Forks++;
        if (outcome.Violation is null || Violation is not null) return;
        (Violation, ViolatingSeed) = (outcome.Violation, seed);
    }

    public override string ToString() => Violation is null ? $"{Schedules} schedules, no violation" : $"seed {ViolatingSeed}: {Violation}";
}
