using Pyrsia.Testing.Consensus;
using Xunit;

namespace Pyrsia.Simulation;

/// <summary>Many schedules with the rules as they are. A failure names its seed: <c>Pyrsia.Simulation --schedules 1 --n N --seed S --trace</c> replays it.</summary>
public sealed class ConsensusCampaignTests(ITestOutputHelper output)
{
    [Fact]
    public void A_hundred_thousand_schedules_of_four_authorities_break_no_invariant() => Expect(Run(4, 1, 100_000));

    [Fact]
    public void A_hundred_schedules_with_real_Ed25519_signatures_break_no_invariant() =>
        Expect(Run(4, 500_000, 100, new Ed25519VoteKeys(4, 1)));

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    public void No_fork_is_found_where_the_set_is_not_three_f_plus_one_or_larger(int participants) =>
        Expect(Run(participants, 900_000, 2_000));

    [Theory]
    [InlineData(4, 2)]
    [InlineData(7, 4)]
    public void Beyond_f_every_fork_names_its_culprits_and_nobody_honest(int participants, int byzantine)
    {
        var result = SimulationCampaign.Run(
            participants, 1, 1_000, threads: Environment.ProcessorCount, adjust: o => o with { Byzantine = byzantine },
            cancellationToken: TestContext.Current.CancellationToken);
        Expect(result);
        Assert.True(result.Forks > 0, "the attack that this is about did not fork anything");
    }

    [Fact]
    public void Time_outs_five_times_too_short_are_overcome_by_the_back_off() =>
        Expect(SimulationCampaign.Run(
            4, 1, 200, threads: Environment.ProcessorCount, adjust: o => o with { DelayMs = 2, NetworkDelayMs = 10 },
            cancellationToken: TestContext.Current.CancellationToken));

    [Theory]
    [InlineData(4, 5_000)]
    [InlineData(7, 500)]
    public void Epochs_follow_one_another_under_the_same_faults_and_every_entry_is_logged_once_in_one_of_them(int participants, int schedules)
    {
        var result = SimulationCampaign.Run(
            participants, 3_000_000, schedules, threads: Environment.ProcessorCount, adjust: o => o with { Epochs = true }, cancellationToken: TestContext.Current.CancellationToken);
        Expect(result);
        Assert.True(result.Epochs > schedules / 4, "too few epochs ended for this to say anything");
    }

    [Fact]
    public void A_schedule_is_its_seed()
    {
        var first = ConsensusSimulation.Run(new SimulationOptions { Participants = 4, Seed = 77 });
        Assert.Equal(first, ConsensusSimulation.Run(new SimulationOptions { Participants = 4, Seed = 77 }));
    }

    private static CampaignResult Run(int participants, ulong seed, int schedules, IVoteKeys? keys = null) =>
        SimulationCampaign.Run(
            participants, seed, schedules, keys: keys, threads: Environment.ProcessorCount, cancellationToken: TestContext.Current.CancellationToken);

    private void Expect(CampaignResult result)
    {
        output.WriteLine(result.ToString());
        Assert.Null(result.Violation);
    }
}
