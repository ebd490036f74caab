using Pyrsia.Consensus;
using Pyrsia.Provenance.Entries;
using Pyrsia.Testing.Provenance;
using Xunit;

namespace Pyrsia.Tests.Authority;

public sealed class AuthorityEpochTests
{
    [Fact]
    public async Task Four_authorities_go_over_to_the_set_that_they_approved_and_prove_it_to_everybody()
    {
        using var key = SetProposals.NewKey("a3");
        await using var cluster = await AuthorityCluster.StartAsync(next: (3, key));
        var (network, members) = (cluster.Network, cluster.Members);
        var before = network.Request("docker.io/library/alpine:3.1", Pyrsia.Contracts.Digest.Of("1"u8));
        var proposal = network.Sign(network.Replace(network.Genesis.Set, 3, key));
        Assert.Equal(SubmitResult.Accepted, await members[0].SubmitAsync(before));
        Assert.Equal(SubmitResult.Accepted, await members[0].SubmitAsync(proposal));
        for (var i = 0; i < 3; i++) Assert.Equal(SubmitResult.Accepted, await members[i].SubmitAsync(network.Approve(proposal, i)));

        await AuthorityCluster.UntilAsync(() => members.All(m => m.Status is { Epoch.Number: 1, IsVoting: true } && m.Voting.Stopped is null), "everybody votes in epoch 1");
        var after = network.Request("docker.io/library/alpine:3.2", Pyrsia.Contracts.Digest.Of("2"u8));
        Assert.Equal(SubmitResult.Accepted, await members[3].SubmitAsync(after));
        await AuthorityCluster.UntilAsync(
            () => members.All(m => m.Sets.Chain.Newest.Epoch == 1 && m.Log.Checkpoint?.Checkpoint.Size == m.Log.Size && m.Ledger.Current.PhaseOf(new RequestId(after.PayloadDigest)) is not null),
            "the request of epoch 1 is logged and published everywhere");

        foreach (var member in members)
        {
            Assert.Equal(key.PublicKey, member.Sets.Chain.Newest.Members[3].VoteKey);
            Assert.True(member.Sets.Chain.Links[0].Checkpoint.Checkpoint.Size < member.Log.Size);
            Assert.Null(member.Sets.Chain.Check(member.Log.Checkpoint!, out _));
            Assert.True(network.File.Policy.InEpoch(network.Genesis.Set, member.Sets.Chain.Newest).Evaluate(member.Log.Checkpoint!).Accepted);
        }
    }

    [Fact]
    public async Task Who_leaves_the_set_follows_it_and_has_no_vote_and_hands_on_what_it_is_given()
    {
        await using var cluster = await AuthorityCluster.StartAsync(authorities: 5);
        var (network, members) = (cluster.Network, cluster.Members);
        var proposal = network.Sign(network.Propose(network.Genesis.Set, network.Genesis.Authorities.Take(4).Select(m => new ProposedMember(m, default))));
        Assert.Equal(SubmitResult.Accepted, await members[0].SubmitAsync(proposal));
        for (var i = 0; i < 4; i++) Assert.Equal(SubmitResult.Accepted, await members[i].SubmitAsync(network.Approve(proposal, i)));
        await AuthorityCluster.UntilAsync(() => members.All(m => m.Status is { Epoch.Number: 1 }), "everybody is in epoch 1");
        await AuthorityCluster.UntilAsync(() => members[4].Voting.Stopped is not null, "who left knows that it has no vote");

        Assert.Contains("not among the authorities of epoch 1", members[4].Voting.Stopped, StringComparison.Ordinal);
        var request = network.Request("docker.io/library/alpine:3.1", Pyrsia.Contracts.Digest.Of("1"u8));
        Assert.Equal(SubmitResult.Accepted, await members[4].SubmitAsync(request));
        await AuthorityCluster.UntilAsync(
            () => members.All(m => m.Ledger.Current.PhaseOf(new RequestId(request.PayloadDigest)) is not null && m.Log.Checkpoint?.Checkpoint.Size == m.Log.Size && m.Sets.Chain.Newest.Epoch == 1),
            "the request of who left is logged, and everybody has the proof");
        Assert.All(members, m => Assert.Null(m.Sets.Chain.Check(m.Log.Checkpoint!, out _)));
        Assert.True(members.Take(4).All(m => m.Status is { IsVoting: true }));
    }
}
