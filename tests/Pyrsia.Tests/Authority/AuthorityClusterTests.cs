using Pyrsia.Consensus;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Ledger;
using Pyrsia.Provenance.Merkle;
using Pyrsia.Provenance.Notes;
using Xunit;

namespace Pyrsia.Tests.Authority;

public sealed class AuthorityClusterTests
{
    private const string Name = "docker.io/library/app:1";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static async Task<RequestId> AskAsync(AuthorityCluster cluster, int at, Digest digest, string nonce)
    {
        var request = cluster.Network.Request(Name, digest, nonce: nonce);
        var reply = await cluster.Members[at].Desk.SubmitAsync(request, Cancel);
        Assert.True(reply.Known);
        return new RequestId(request.PayloadDigest);
    }

    private static VerdictEntry VerdictOf(AuthorityCluster cluster, int at, RequestId request) =>
        cluster.Members[at].Log.ReadLeaves(0).Select(leaf => LogEntry.TryParse(leaf, out var entry, out _) ? entry : null).OfType<VerdictEntry>().Single(v => v.Verdict.Request == request);

    private static Task ClosedAsync(AuthorityCluster cluster, RequestId request) => AuthorityCluster.UntilAsync(
        () => cluster.Members.All(m => m.Ledger.Current.PhaseOf(request) == RequestPhase.Closed), "The request was not closed everywhere.");

    [Fact]
    public async Task A_request_ends_as_a_published_checkpoint_with_one_root_at_all_authorities()
    {
        await using var cluster = await AuthorityCluster.StartAsync();
        var image = cluster.Upstream.AddImage("layer one", "layer two");
        cluster.Upstream.Tags[Name] = image.Digest;

        var request = await AskAsync(cluster, 0, image.Digest, "good");
        await ClosedAsync(cluster, request);
        var verdict = VerdictOf(cluster, 3, request);
        Assert.Equal(EntryType.Verified, verdict.Type);
        Assert.Equal(image.Digest, verdict.Verdict.Root);
        Assert.True((await cluster.Members[2].Desk.QueryAsync(request, Cancel))!.Known);
        Assert.Null(await cluster.Members[2].Desk.QueryAsync(new RequestId(Digest.Of("never"u8)), Cancel));

        // A request whose tag has moved since fails at every builder, and has its own verdict.
        var moved = await AskAsync(cluster, 1, Digest.Of("what the tag was before"u8), "moved");
        await ClosedAsync(cluster, moved);
        Assert.Equal((EntryType.Failed, FailureReason.TagMoved), (VerdictOf(cluster, 0, moved).Type, VerdictOf(cluster, 0, moved).Verdict.Reason));

        await AuthorityCluster.UntilAsync(
            () => cluster.Members.All(m => m.Log.Checkpoint?.Checkpoint.Size == m.Log.Size) && cluster.Members.Select(m => m.Log.Size).Distinct().Count() == 1, "The checkpoints did not meet.");
        Assert.Single(cluster.Members.Select(m => m.Log.Checkpoint!.Checkpoint).Distinct());
        Assert.All(cluster.Members, member =>
        {
            Assert.Null(PublishedCheckpoint.Check(cluster.Network.Genesis.Set, member.Log.Checkpoint!, out _));
            Assert.Equal(member.Log.Root, member.Log.Checkpoint!.Checkpoint.Root);
            Assert.Empty(member.Evidence);
        });
    }

    [Fact]
    public async Task An_authority_that_signs_two_contents_forks_nothing_and_the_others_keep_the_evidence()
    {
        await using var cluster = await AuthorityCluster.StartAsync(liar: 3);
        var image = cluster.Upstream.AddImage("layer");
        cluster.Upstream.Tags[Name] = image.Digest;
        for (var i = 0; i < 3; i++)
        {
            var request = await AskAsync(cluster, i, image.Digest, $"{i}");
            await AuthorityCluster.UntilAsync(() => cluster.Members.Take(3).All(m => m.Ledger.Current.PhaseOf(request) == RequestPhase.Closed), "The request was not closed at the honest three.");
            Assert.Equal(EntryType.Verified, VerdictOf(cluster, 0, request).Type);
        }
        Assert.True(cluster.Members[3].Liar!.Lies > 0);
        await AuthorityCluster.UntilAsync(() => cluster.Members.Take(3).Any(m => m.Evidence.Length > 0), "Nobody kept evidence.");

        var verifier = new Ed25519VoteVerifier([.. cluster.Network.Genesis.Authorities.Select(a => a.VoteKey)]);
        var chainId = new Hash256(cluster.Network.Genesis.ChainId.Value.Bytes);
        Assert.All(cluster.Members.Take(3).SelectMany(m => m.Evidence).Select(EvidenceStoreTests.Read), evidence =>
        {
            Assert.Equal(3, evidence.Culprit);
            Assert.True(evidence.Verify(chainId, verifier));
        });
        var common = (int)cluster.Members.Min(m => m.Log.Size);
        Assert.Single(cluster.Members.Select(m => Rfc6962.RootOf([.. m.Log.ReadLeaves(0).Take(common).Select(leaf => Rfc6962.HashLeaf(leaf.Span))])).Distinct());
    }
}
