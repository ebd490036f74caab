using Pyrsia.Consensus;

namespace Pyrsia.Testing.Consensus;

/// <summary>Many schedules with consecutive seeds, until the first violation.</summary>
internal static class SimulationCampaign
{
    public static CampaignResult Run(
        int participants, ulong firstSeed, int schedules, SimplexRules? rules = null, IVoteKeys? keys = null, int threads = 1,
        Func<SimulationOptions, SimulationOptions>? adjust = null, CancellationToken cancellationToken = default)
    {
        var gate = new Lock();
        var result = new CampaignResult();
        var next = -1;
        void Work()
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                var at = Interlocked.Increment(ref next);
                if (at >= schedules || result.Violation is not null) return;
                var seed = unchecked(firstSeed + (ulong)at);
                var options = new SimulationOptions { Participants = participants, Seed = seed, Rules = rules ?? SimplexRules.Standard, Keys = keys };
                var outcome = ConsensusSimulation.Run(adjust?.Invoke(options) ?? options);
                lock (gate)
                {
                    result.Add(seed, outcome);
                }
            }
        }
        var others = new Thread[threads - 1];
        for (var i = 0; i < others.Length; i++)
        {
            others[i] = new Thread(Work);
            others[i].Start();
        }
        Work();
        foreach (var other in others) other.Join();
        return result;
    }
}
