using Pyrsia.Contracts;
using Pyrsia.Curve25519;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Merkle;
using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Notes;
using Pyrsia.Provenance.Verification;
using Pyrsia.Testing.Provenance;
using Xunit;

namespace Pyrsia.Tests.Provenance;

public sealed class SetChainTests : IDisposable
{
    private readonly TestNetwork _network = new();
    private readonly TestNetwork _strangers = new(seed: "strangers");
    private readonly Ed25519PrivateKey _key = SetProposals.NewKey("a3");
    private readonly TestLog _log;

    public SetChainTests() => _log = new TestLog(_network);

    public void Dispose()
    {
        _key.Dispose();
        _strangers.Dispose();
        _network.Dispose();
    }

    /// <summary>Replaces an authority with all its keys but the vote key's place by those of the strangers' network.</summary>
    private int Change(Func<AuthorityMember, AuthorityMember>? change = null)
    {
        var sitting = _log.State.Set;
        var next = (change ?? (m => m))(sitting.Members[3] with { VoteKey = _key.PublicKey });
        var proposal = _network.Sign(_network.Propose(sitting, [.. sitting.Members.Take(3).Select(m => new ProposedMember(m, default)), ProposedMember.Sign(_network.Genesis.ChainId, sitting.Epoch + 1, next, _key)]));
        _log.Block(1, proposal, _network.Approve(proposal, 0), _network.Approve(proposal, 1), _network.Approve(proposal, 2));
        return _log.Entries.Count - 1;
    }

    private SignedCheckpoint PublishBy(AuthoritySet set, IEnumerable<int> authorities) =>
        PublishedCheckpoint.Assemble(set, _log.Checkpoint(), _network.Sign(_log.Checkpoint(), 1_750_000_100, authorities))!;

    [Fact]
    public void The_old_network_file_verifies_what_is_logged_in_a_later_epoch_by_the_bundle_alone()
    {
        Change();
        var output = TestLog.Output("manifest");
        var (index, _) = _log.Notarize("docker.io/library/alpine:3.16", [output], output.Digest);
        var bundle = _log.Bundle(index, output.Digest);

        var report = ProvenanceVerifier.Verify(bundle.ToBytes(), _network.File, new VerificationOptions());
        Assert.True(report.Passed, report.Failure?.Detail);
        Assert.Contains("of epoch 1", report.Steps.Single(s => s.Step == VerificationStep.Quorum).Detail, StringComparison.Ordinal);
        Assert.True(ProvenanceBundle.TryParse(bundle.ToBytes(), out var read, out _));
        Assert.Equal(bundle.ToBytes(), read.ToBytes());
    }

    [Fact]
    public void A_bundle_of_epoch_0_says_nothing_of_sets_and_one_with_more_than_it_needs_is_refused()
    {
        var output = TestLog.Output("manifest");
        var (index, _) = _log.Notarize("docker.io/library/alpine:3.16", [output], output.Digest);
        var bundle = _log.Bundle(index, output.Digest);
        Assert.DoesNotContain("\"sets\"", System.Text.Encoding.UTF8.GetString(bundle.ToBytes()), StringComparison.Ordinal);
        Change();

        var report = ProvenanceVerifier.Verify((bundle with { Sets = _log.Links() }).ToBytes(), _network.File, new VerificationOptions());
        Assert.Equal(VerificationStep.Quorum, report.Failure?.Step);
    }

    [Fact]
    public void Keys_that_have_left_vouch_for_nothing_that_is_logged_after_they_left()
    {
        // The cosigner of a3 is another one from epoch 1 on; 1, 2 and the old 3 were a quorum before.
        Change(m => m with { Cosigner = new VerifierKey(m.Cosigner.Name, NoteSignatureType.Cosignature, _strangers.CosignerKeys[3].PublicKey), Log = new VerifierKey(m.Log.Name, NoteSignatureType.Ed25519, _strangers.LogKeys[3].PublicKey) });
        var output = TestLog.Output("manifest");
        var (index, _) = _log.Notarize("docker.io/library/alpine:3.16", [output], output.Digest);
        var old = PublishBy(_network.Genesis.Set, [1, 2, 3]);
        var chain = SetChain.TryWalk(_network.Genesis, _log.Links(), out var walked, out var error) ? walked : throw new InvalidOperationException(error);

        Assert.NotNull(chain.Check(old, out _));
        Assert.Null(chain.For(old));
        Assert.Null(chain.Check(PublishBy(chain.Newest, [0, 1, 2]), out _));
        var bundle = _log.Bundle(index, output.Digest) with { Checkpoint = old };
        Assert.Equal(VerificationStep.Quorum, ProvenanceVerifier.Verify(bundle.ToBytes(), _network.File, new VerificationOptions()).Failure?.Step);
    }

    [Fact]
    public void The_tree_that_ends_an_epoch_is_vouched_for_by_the_ending_set_until_the_next_one_has()
    {
        Change(m => m with { Cosigner = new VerifierKey(m.Cosigner.Name, NoteSignatureType.Cosignature, _strangers.CosignerKeys[3].PublicKey) });
        var last = PublishBy(_network.Genesis.Set, [1, 2, 3]);
        Assert.True(SetChain.TryWalk(_network.Genesis, _log.Links(), out var chain, out _));

        Assert.Equal(0, chain.At(last.Checkpoint.Size - 1).Epoch);
        Assert.Equal(1, chain.At(last.Checkpoint.Size).Epoch);
        Assert.NotNull(chain.Check(last, out _));
        Assert.Equal(0, chain.For(last)!.Newest.Epoch);
        Assert.Equal(1, chain.For(PublishBy(chain.Newest, [0, 1, 2]))!.Newest.Epoch);
    }

    [Fact]
    public void Forged_links_are_refused()
    {
        var at = Change();
        var link = _log.Link(at, _network.Genesis.Set);
        var start = SetChain.Start(_network.Genesis);
        void Refused(SetLink forged, string why)
        {
            Assert.False(start.TryAdd(forged, out _, out var error));
            Assert.Contains(why, error, StringComparison.Ordinal);
        }

        Assert.True(start.TryAdd(link, out var chain, out _));
        Assert.False(chain.TryAdd(link, out _, out _));
        Assert.True(SetLink.TryParse(link.ToBytes(), out var read, out _));
        Assert.Equal(link.ToBytes(), read.ToBytes());

        Assert.True(AuthoritySet.TryCreate(_network.Genesis.Origin, 1, _strangers.Genesis.Authorities, out var theirs, out _));
        var forged = SetChangeEntry.Create(_network.Genesis.ChainId, theirs, link.Change.Entry.Proposal, link.Change.Entry.Approvals, link.Change.Entry.TimeMs);
        Refused(link with { Change = link.Change with { Entry = forged } }, "does not lead");

        var tree = new TreeBuilder();
        tree.Append([.. _log.Entries.Take(at).Select(e => e.LeafHash), forged.LeafHash]);
        var rewritten = new Checkpoint(_network.Genesis.Origin, tree.Size, tree.Root);
        SignedCheckpoint By(TestNetwork network, int count) => PublishedCheckpoint.Assemble(network.Genesis.Set, rewritten, network.Sign(rewritten, 1, Enumerable.Range(0, count)))!;
        Refused(new SetLink(link.Change with { Entry = forged }, By(_strangers, 4)), "no valid log signature");
        Refused(link with { Checkpoint = new SignedCheckpoint(link.Checkpoint.Checkpoint, new SignedNote(link.Checkpoint.Note.Text, link.Checkpoint.Note.Signatures[..3])) }, "signature lines");

        var another = SetChangeEntry.Create(default, link.Change.Entry.Set, link.Change.Entry.Proposal, link.Change.Entry.Approvals, link.Change.Entry.TimeMs);
        Refused(link with { Change = link.Change with { Entry = another } }, "another network");
        _log.Block(1, _network.Request("docker.io/library/alpine:3.16", Digest.Of("x"u8)));
        Refused(SetLink.Create(at, link.Change.Entry, _log.Reader, _log.Publish()), "ends with the set change");
    }

    [Fact]
    public void A_policy_that_asks_for_the_authorities_and_for_others_goes_on_doing_so()
    {
        Change(m => m with { Cosigner = new VerifierKey(m.Cosigner.Name, NoteSignatureType.Cosignature, _strangers.CosignerKeys[3].PublicKey) });
        var set = _log.State.Set;
        var witness = new VerifierKey("w.example", NoteSignatureType.Cosignature, _strangers.CosignerKeys[0].PublicKey);
        var text = _network.Genesis.Set.ToPolicy().Replace("quorum authorities\n", $"witness w {witness}\ngroup both all authorities w\nquorum both\n", StringComparison.Ordinal);
        Assert.True(TrustPolicy.TryParse(text, out var both, out _));
        var checkpoint = PublishBy(set, [0, 1, 2]);
        var outside = new NoteSigner("w.example", NoteSignatureType.Cosignature, _strangers.CosignerKeys[0]).Sign(checkpoint.Note.Text, 5);
        var witnessed = new SignedCheckpoint(checkpoint.Checkpoint, new SignedNote(checkpoint.Note.Text, [.. checkpoint.Note.Signatures, outside]));

        Assert.True(_network.File.Policy.InEpoch(_network.Genesis.Set, set).Evaluate(checkpoint).Accepted);
        Assert.False(both.InEpoch(_network.Genesis.Set, set).Evaluate(checkpoint).Accepted);
        Assert.True(both.InEpoch(_network.Genesis.Set, set).Evaluate(witnessed).Accepted);
    }
}
