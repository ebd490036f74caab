using System.Diagnostics;
using Pyrsia.Fuzz;
using Pyrsia.Fuzz.Targets;
using Pyrsia.Testing;
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
        var kept = KeptInputs.OfCheckout.Of(target);
        var result = new Fuzzer(AllTargets.Find(target)!, Seed, TimeProvider.System, kept).Run(Longest, Executions);
        Assert.True(result.Finding is null, result.Finding?.ToString());
        // What was kept is replayed however long it takes.
        Assert.True(result.Executions > kept.Count);
    }

    [Fact]
    public void What_is_kept_belongs_to_a_target_and_is_small()
    {
        var files = KeptInputs.OfCheckout.Files.ToArray();
        Assert.Contains(files, file => file.IsFinding);
        Assert.Contains(files, file => !file.IsFinding);
        Assert.All(files, file =>
        {
            Assert.Contains(AllTargets.List, target => target.Name == file.Target);
            Assert.NotEmpty(KeptInputs.OfCheckout.Of(file.Target));
            Assert.InRange(KeptInputs.OfCheckout.Corpus(file.Target).Count, 0, KeptInputs.MaxInputs);
            Assert.InRange(KeptInputs.OfCheckout.Corpus(file.Target).Sum(input => input.Length), 0, KeptInputs.MaxBytes);
        });
    }

    [Fact]
    public void A_finding_is_kept_with_its_reason_and_comes_before_the_corpus()
    {
        using var directory = new TemporaryDirectory();
        var store = new KeptInputs(directory.Path);
        Assert.Empty(store.Of("one"));
        store.Write("one", [[1, 2], []]);
        var file = store.Keep(new Finding("one", Seed, [3, 4, 5], "is wrong\nhere"));
        store.Keep(new Finding("one-more", Seed, [6], "is wrong too"));
        Assert.Equal("# is wrong\n030405\n", File.ReadAllText(file));
        Assert.Equal([[3, 4, 5], [1, 2], []], store.Of("one"));
        Assert.Equal([("one", false), ("one", true), ("one-more", true)], store.Files.Order());
        store.Write("one", []);
        Assert.Equal([[3, 4, 5]], store.Of("one"));
    }

    [Fact]
    public async Task A_campaign_sees_which_branches_inputs_take_finds_what_chance_does_not_and_keeps_it()
    {
        using var directory = new TemporaryDirectory();
        Assert.Null(new Fuzzer(Canary.Maze, Seed, TimeProvider.System).Run(CanaryPatience, 20 * Executions).Finding);
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Pyrsia.Fuzz.dll"), "grow", "maze", "--seconds-per-target", "60", "--kept", directory.Path]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var campaign = Process.Start(start)!;
        var said = campaign.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var complained = await campaign.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await campaign.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(campaign.ExitCode == 1, $"{await said}\n{complained}");
        var replayed = new Fuzzer(Canary.Maze, Seed, TimeProvider.System, new KeptInputs(directory.Path).Of("maze")).Run(CanaryPatience, 0);
        Assert.Contains("The end of the maze", replayed.Finding!.Reason, StringComparison.Ordinal);
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
