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
}
