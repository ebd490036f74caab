using Pyrsia.Consensus;
using Pyrsia.Testing.Consensus;
using Xunit;

namespace Pyrsia.Tests.Consensus;

public sealed class ConsensusEngineTests : IAsyncDisposable
{
    private readonly EngineCluster _cluster = new(4);

    public async ValueTask DisposeAsync() => await _cluster.DisposeAsync();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Entries_handed_in_anywhere_are_final_everywhere_with_one_root()
    {
        for (var i = 0; i < 4; i++) _cluster.Start(i);
        for (var key = 1UL; key <= 20; key++)
            Assert.Equal(SubmitResult.Accepted, await _cluster.SubmitAsync((int)(key % 4), key, Cancel));
        await _cluster.LoggedAsync([0, 1, 2, 3], Enumerable.Range(1, 20).Select(i => (ulong)i), Cancel);
        _cluster.ExpectOneChain();
        Assert.Equal(SubmitResult.Logged, await _cluster.SubmitAsync(0, 1, Cancel));
    }

    [Fact]
    public async Task With_one_authority_down_it_goes_on_and_the_late_one_catches_up()
    {
        for (var i = 0; i < 3; i++) _cluster.Start(i);
        for (var key = 1UL; key <= 5; key++)
        {
            await _cluster.SubmitAsync((int)(key % 3), key, Cancel);
            await _cluster.LoggedAsync([0, 1, 2], [key], Cancel);
        }
        _cluster.Start(3);
        await _cluster.SubmitAsync(3, 6, Cancel);
        await _cluster.LoggedAsync([0, 1, 2, 3], [1, 2, 3, 4, 5, 6], Cancel);
        _cluster.ExpectOneChain();
    }

    [Fact]
    public async Task Without_a_quorum_entries_are_accepted_durably_and_logged_after_a_restart_of_all()
    {
        _cluster.Start(0);
        _cluster.Start(1);
        Assert.Equal(SubmitResult.Accepted, await _cluster.SubmitAsync(0, 1, Cancel));
        await _cluster.StopAsync(0);
        await _cluster.StopAsync(1);
        Assert.Equal(0, _cluster.BlocksOf(0));
        for (var i = 0; i < 4; i++) _cluster.Start(i);
        await _cluster.LoggedAsync([0, 1, 2, 3], [1], Cancel);
    }

    [Fact]
    public async Task Restarts_of_everyone_in_turn_lose_nothing_and_fork_nothing()
    {
        for (var i = 0; i < 4; i++) _cluster.Start(i);
        for (var key = 1UL; key <= 8; key++)
        {
            var victim = (int)(key % 4);
            await _cluster.SubmitAsync(victim, key, Cancel);
            await _cluster.StopAsync(victim);
            _cluster.Start(victim);
        }
        await _cluster.LoggedAsync([0, 1, 2, 3], Enumerable.Range(1, 8).Select(i => (ulong)i), Cancel);
        _cluster.ExpectOneChain();
    }

    [Fact]
    public async Task An_authority_whose_journal_is_lost_follows_without_voting_and_says_why()
    {
        for (var i = 0; i < 4; i++) _cluster.Start(i);
        await _cluster.SubmitAsync(0, 1, Cancel);
        await _cluster.LoggedAsync([0, 1, 2, 3], [1], Cancel);
        await _cluster.StopAsync(2);
        _cluster.LoseJournal(2);
        _cluster.Start(2);
        await _cluster.SubmitAsync(2, 2, Cancel);
        await _cluster.LoggedAsync([0, 1, 2, 3], [2], Cancel);
        Assert.False(_cluster.StatusOf(2).IsVoting);
        Assert.Contains("bound to journal", _cluster.StatusOf(2).NotVotingBecause, StringComparison.Ordinal);
        Assert.True(_cluster.StatusOf(1).IsVoting);
    }

    [Fact]
    public async Task An_authority_with_an_old_copy_of_its_files_stops_voting_when_it_sees_its_later_votes()
    {
        for (var i = 0; i < 4; i++) _cluster.Start(i);
        await _cluster.SubmitAsync(0, 1, Cancel);
        await _cluster.LoggedAsync([0, 1, 2, 3], [1], Cancel);
        await _cluster.StopAsync(3);
        var copy = _cluster.CopyFiles(3);
        _cluster.Start(3);
        // With one other down, the quorum needs the votes of participant 3, so what follows is signed by it.
        await _cluster.StopAsync(0);
        for (var key = 2UL; key <= 4; key++)
        {
            await _cluster.SubmitAsync(1, key, Cancel);
            await _cluster.LoggedAsync([1, 2, 3], [key], Cancel);
        }
        await _cluster.StopAsync(3);
        _cluster.RestoreFiles(3, copy);
        _cluster.Start(0);
        _cluster.Start(3);
        await _cluster.LoggedAsync([0, 1, 2, 3], [2, 3, 4], Cancel);
        await _cluster.UntilAsync(() => !_cluster.StatusOf(3).IsVoting, Cancel);
        Assert.Contains("older journal was restored", _cluster.StatusOf(3).NotVotingBecause, StringComparison.Ordinal);
        _cluster.ExpectOneChain();
    }

    [Fact]
    public async Task A_stored_block_with_other_entries_than_were_agreed_on_stops_the_start()
    {
        await LogOneByOneAsync(3);
        _cluster.Rewrite(3, block => block.Height == 2 ? block with { Entries = [ModelLedger.Make(ModelEntryKind.Plain, 99)] } : block);
        _cluster.Start(3);
        var refusal = await Assert.ThrowsAsync<ConsensusDataException>(() => _cluster.UntilAsync(() => false, Cancel));
        Assert.Contains("block 2 has other entries", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Signatures_are_looked_at_again_of_those_stored_blocks_alone_that_lead_to_no_finalized_one()
    {
        var height = await LogOneByOneAsync(3);
        _cluster.Start(3);
        await _cluster.UntilAsync(() => _cluster.StatusOf(3).IsVoting, Cancel);
        Assert.Equal(height, _cluster.ReplayedBy(3));
        await _cluster.StopAsync(3);
        var proven = 0UL;
        _cluster.Rewrite(3, block =>
        {
            if (block.Height == height) return block with { Finalization = null };
            if (block.Finalization is not null) proven = block.Height;
            return block;
        });
        _cluster.Start(3);
        await _cluster.UntilAsync(() => _cluster.StatusOf(3).IsVoting, Cancel);
        Assert.Equal(proven, _cluster.ReplayedBy(3));
    }

    [Fact]
    public async Task Bytes_that_are_no_message_are_reported_to_the_transport()
    {
        var engine = _cluster.Start(0);
        Assert.False(engine.Receive(1, [0]));
        Assert.False(engine.Receive(4, [0]));
        Assert.True(engine.Receive(1, EpochEnvelope.Wrap(new Epoch(0), new MessageCodec(4).Encode(new HostMessage(new byte[] { 1, 2 })))));
        await _cluster.UntilAsync(() => !_cluster.HostMessages.IsEmpty, Cancel);
        Assert.Equal((0, 1), _cluster.HostMessages.Single());
    }

    /// <summary>Leaves one participant standing still whose stored blocks are all finalized each by itself.</summary>
    private async Task<ulong> LogOneByOneAsync(int participant)
    {
        for (var i = 0; i < 4; i++) _cluster.Start(i);
        for (var key = 1UL; key <= 4; key++)
        {
            await _cluster.SubmitAsync(0, key, Cancel);
            await _cluster.LoggedAsync([0, 1, 2, 3], [key], Cancel);
        }
        for (var i = 0; i < 4; i++) await _cluster.StopAsync(i);
        return (ulong)_cluster.BlocksOf(participant);
    }
}
