using Pyrsia.Testing.Consensus;
using Xunit;

namespace Pyrsia.Simulation;

/// <summary>A simulator is worth what it notices: every mutant must break an invariant within so many schedules (seeds count from 1).</summary>
public sealed class MutantTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(nameof(Mutants.QuorumOf2FPlus1), 6, 500)]
    [InlineData(nameof(Mutants.ForgetsItsVotes), 4, 50)]
    [InlineData(nameof(Mutants.ForgetsCertificates), 4, 5_000)]
    [InlineData(nameof(Mutants.ForgetsBodies), 4, 500)]
    [InlineData(nameof(Mutants.ForgetsAcceptedEntries), 4, 50)]
    [InlineData(nameof(Mutants.ReplayForgetsNullify), 4, 100)]
    [InlineData(nameof(Mutants.ReplayForgetsNotarize), 4, 100)]
    [InlineData(nameof(Mutants.FinalizesAfterNullify), 4, 100)]
    [InlineData(nameof(Mutants.MixesVotes), 4, 100)]
    [InlineData(nameof(Mutants.SkipsNullifications), 4, 10_000)]
    [InlineData(nameof(Mutants.TrustsTheRoot), 4, 2_000)]
    [InlineData(nameof(Mutants.IgnoresTheClock), 4, 1_000)]
    [InlineData(nameof(Mutants.NeverResends), 4, 500)]
    [InlineData(nameof(Mutants.NeverHelps), 4, 100)]
    [InlineData(nameof(Mutants.NeverTimesOut), 4, 100)]
    public void A_core_with_this_rule_replaced_is_caught(string mutant, int participants, int limit)
    {
        var result = SimulationCampaign.Run(participants, 1, limit, Mutants.Named(mutant), cancellationToken: TestContext.Current.CancellationToken);
        output.WriteLine($"{mutant}: caught after {result.Schedules} schedules of at most {limit}; {result}");
        Assert.NotNull(result.Violation);
    }

    [Fact]
    public void A_core_without_back_off_is_caught_when_the_network_is_five_times_slower_than_assumed()
    {
        var result = SimulationCampaign.Run(
            4, 1, 20, Mutants.Named(nameof(Mutants.NeverBacksOff)),
            adjust: o => o with { DelayMs = 2, NetworkDelayMs = 10, LivenessLimitMs = 5_000 },
            cancellationToken: TestContext.Current.CancellationToken);
        output.WriteLine($"{nameof(Mutants.NeverBacksOff)}: caught after {result.Schedules} schedules");
        Assert.NotNull(result.Violation);
    }
}
