using Pyrsia.Fuzz;
using Pyrsia.Fuzz.Targets;
using Xunit;

namespace Pyrsia.Tests.Fuzz;

public sealed class FuzzTests
{
    private const int Seed = 1;

    /// <summary>Inputs for one target; most are through in a tenth of a second.</summary>
    private const long Executions = 3000;

    /// <summary>Keeps the sum of all targets under 15 s on a busy machine.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(0.4);

    private static readonly TimeSpan CanaryPatience = TimeSpan.FromSeconds(30);

    public static TheoryData<string> Targets => [.. AllTargets.List.Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Targets))]
    public void No_mutated_input_makes_a_decoder_break_its_word(string target)
    {
        var result = new Fuzzer(AllTargets.Find(target)!, Seed, TimeProvider.System).Run(Longest, Executions);
        Assert.True(result.Finding is null, result.Finding?.ToString());
        Assert.True(result.Executions > 0);
    }

    [Fact]
    public void A_decoder_that_is_wrong_on_purpose_is_found()
    {
        var result = new Fuzzer(Canary.Target, Seed, TimeProvider.System).Run(CanaryPatience);
        Assert.NotNull(result.Finding);
        Assert.Throws<ArgumentOutOfRangeException>(() => Canary.Target.Check(result.Finding.Input));
    }

    [Fact]
    public void The_same_seed_gives_the_same_inputs()
    {
        byte[][] corpus = [[1, 2, 3], [4, 5, 6, 7, 8, 9, 10, 11, 12]];
        var (one, other) = (new Mutator(new Random(Seed), corpus), new Mutator(new Random(Seed), corpus));
        for (var i = 0; i < 1000; i++) Assert.Equal(one.Next(), other.Next());
    }
}
