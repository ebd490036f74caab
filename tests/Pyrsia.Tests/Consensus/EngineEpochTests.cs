using Pyrsia.Testing.Consensus;
using Xunit;

namespace Pyrsia.Tests.Consensus;

public sealed class EngineEpochTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static readonly int[] Everybody = [0, 1, 2, 3];

    [Fact]
    public async Task Engines_end_an_epoch_together_and_log_in_the_next_what_was_handed_in_meanwhile()
    {
        await using var cluster = new EngineCluster(4);
        foreach (var i in Everybody) cluster.Start(i);
        await cluster.SubmitAsync(0, 1, Stop);
        var change = cluster.SubmitAsync(1, 100, Stop, ModelEntryKind.SetChange);
        await Task.WhenAll(Enumerable.Range(2, 12).Select(key => cluster.SubmitAsync(key % 4, (ulong)key, Stop)));
        await change;

        await cluster.LoggedAsync(Everybody, Enumerable.Range(1, 13).Select(key => (ulong)key).Append(100UL), Stop);
        await cluster.UntilAsync(() => Everybody.All(i => cluster.StatusOf(i) is { Epoch.Number: 1, IsVoting: true }), Stop);
        cluster.ExpectOneChain();
    }

    [Fact]
    public async Task Who_was_away_when_epochs_ended_goes_through_them_and_votes_in_the_one_that_runs()
    {
        await using var cluster = new EngineCluster(4);
        foreach (var i in Everybody) cluster.Start(i);
        await cluster.SubmitAsync(0, 1, Stop);
        await cluster.LoggedAsync(Everybody, [1], Stop);
        await cluster.StopAsync(3);
        int[] present = [0, 1, 2];
        foreach (var (key, kind) in new[] { (2UL, ModelEntryKind.SetChange), (3UL, ModelEntryKind.Plain), (4UL, ModelEntryKind.SetChange), (5UL, ModelEntryKind.Plain) })
        {
            await cluster.SubmitAsync(1, key, Stop, kind);
            await cluster.LoggedAsync(present, [key], Stop);
        }

        cluster.Start(3);
        await cluster.LoggedAsync([3], [1, 2, 3, 4, 5], Stop);
        await cluster.UntilAsync(() => cluster.StatusOf(3) is { Epoch.Number: 2, IsVoting: true }, Stop);
        await cluster.StopAsync(0);
        await cluster.SubmitAsync(3, 6, Stop);
        await cluster.LoggedAsync([1, 2, 3], [6], Stop);
        cluster.ExpectOneChain();
    }

    [Fact]
    public async Task After_a_restart_the_ended_epochs_are_applied_from_the_blocks_and_the_last_one_goes_on()
    {
        await using var cluster = new EngineCluster(4);
        foreach (var i in Everybody) cluster.Start(i);
        await cluster.SubmitAsync(0, 1, Stop, ModelEntryKind.SetChange);
        await cluster.SubmitAsync(1, 2, Stop);
        await cluster.LoggedAsync(Everybody, [1, 2], Stop);
        foreach (var i in Everybody) await cluster.StopAsync(i);

        foreach (var i in Everybody) cluster.Start(i);
        await cluster.SubmitAsync(2, 3, Stop);
        await cluster.LoggedAsync(Everybody, [1, 2, 3], Stop);
        Assert.All(Everybody, i => Assert.Equal(1UL, cluster.StatusOf(i).Epoch.Number));
        cluster.ExpectOneChain();
    }
}
