using System.Collections.Immutable;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Ledger;
using Pyrsia.Provenance.Network;
using Pyrsia.Testing.Provenance;
using Xunit;

namespace Pyrsia.Tests.Provenance;

public sealed class LedgerTests : IDisposable
{
    private const string Image = "alpine:3.16";
    private static readonly ArtifactOutput Manifest = TestLog.Output("manifest");
    private static readonly ImmutableArray<ArtifactOutput> Outputs = [Manifest, TestLog.Output("layer", "application/vnd.oci.image.layer.v1.tar+gzip")];
    private readonly TestNetwork _network = new();
    private readonly TestLog _log;

    public LedgerTests() => _log = new TestLog(_network);

    public void Dispose() => _network.Dispose();

    private SignedEntry Open(string nonce = "0")
    {
        var request = _network.Request(Image, Manifest.Digest, nonce: nonce);
        Assert.Empty(_log.Block(1, request));
        return request;
    }

    private (SignedEntry Commitment, SignedEntry Result) Answer(SignedEntry request, int builder, string? layer = null) =>
        _network.Answer(request, builder, layer is null ? Outputs : [Manifest, TestLog.Output(layer)]);

    [Fact]
    public void Two_of_four_builders_that_agree_verify_an_image()
    {
        var (index, verdict) = _log.Notarize(Image, Outputs, Manifest.Digest);
        Assert.Equal(EntryType.Verified, verdict.Type);
        Assert.Equal(["a0", "a1"], verdict.Verdict.Agreeing.Select(v => v.Name));
        Assert.Equal(Outputs.OrderBy(o => o.Digest), verdict.Outputs);
        Assert.Equal(6, index);
        Assert.Equal(Manifest.Digest, _log.RootOf("docker:docker.io/library/alpine:3.16"));
        Assert.All(Outputs, o => Assert.True(_log.State.IsVerified(o.Digest)));
        Assert.Empty(_log.State.Open);
    }

    [Fact]
    public void Commitments_close_at_k_plus_f_and_a_later_one_never_counts()
    {
        var request = Open();
        _log.Block(1, Answer(request, 0).Commitment, Answer(request, 1).Commitment);
        Assert.Equal(EntryFault.CommitmentsOpen, _log.Check(Answer(request, 0).Result));
        _log.Block(1, Answer(request, 2).Commitment);
        Assert.Equal(EntryFault.CommitmentsClosed, _log.Check(Answer(request, 3).Commitment));
        Assert.Equal(EntryFault.NotCommitted, _log.Check(Answer(request, 3).Result));
        Assert.Equal(EntryFault.None, _log.Check(Answer(request, 0).Result));
    }

    [Fact]
    public void A_result_other_than_the_one_committed_to_is_refused()
    {
        var request = Open();
        _log.Block(1, [.. Enumerable.Range(0, 3).Select(i => Answer(request, i).Commitment)]);
        Assert.Equal(EntryFault.CommitmentMismatch, _log.Check(Answer(request, 0, "other").Result));
    }

    [Fact]
    public void A_builder_that_copies_a_commitment_cannot_reveal_it()
    {
        var request = Open();
        var stolen = (Commitment)Answer(request, 0).Commitment.Body!;
        var copy = new EntrySigner(_network.BuilderKeys[1]).Sign(stolen with { Builder = "a1" });
        _log.Block(1, Answer(request, 0).Commitment, copy, Answer(request, 2).Commitment);
        Assert.Equal(EntryFault.CommitmentMismatch, _log.Check(Answer(request, 1).Result));
    }

    [Fact]
    public void Dissent_is_recorded_in_the_verdict()
    {
        var request = Open();
        var answers = new[] { Answer(request, 0, "other"), Answer(request, 1), Answer(request, 2) };
        _log.Block(1, [.. answers.Select(a => a.Commitment)]);
        Assert.Empty(_log.Block(1, answers[0].Result));
        Assert.Empty(_log.Block(1, answers[1].Result));
        var verdict = Assert.Single(_log.Block(1, answers[2].Result));
        Assert.Equal(["a1", "a2"], verdict.Verdict.Agreeing.Select(v => v.Name));
        Assert.Equal("a0", Assert.Single(verdict.Verdict.Dissenting).Name);
    }

    [Fact]
    public void Three_different_results_are_nonreproducible()
    {
        var request = Open();
        var answers = new[] { Answer(request, 0, "x"), Answer(request, 1, "y"), Answer(request, 2, "z") };
        _log.Block(1, [.. answers.Select(a => a.Commitment)]);
        var verdict = Assert.Single(_log.Block(1, [.. answers.Select(a => a.Result)]));
        Assert.Equal(EntryType.Nonreproducible, verdict.Type);
        Assert.Equal(3, verdict.Verdict.Dissenting.Length);
        Assert.Null(_log.RootOf("docker:docker.io/library/alpine:3.16"));
    }

    [Fact]
    public void An_unknown_image_fails_as_soon_as_no_k_builders_can_agree()
    {
        var request = Open();
        Assert.Empty(_log.Block(1, _network.Failure(request, 0, FailureReason.Internal), _network.Failure(request, 1, FailureReason.UnknownImage)));
        var verdict = Assert.Single(_log.Block(1, _network.Failure(request, 2, FailureReason.UnknownImage)));
        Assert.Equal(EntryType.Failed, verdict.Type);
        Assert.Equal(FailureReason.UnknownImage, verdict.Verdict.Reason);
        Assert.Equal(EntryFault.RequestClosed, _log.Check(Answer(request, 3).Commitment));
    }

    [Fact]
    public void Silent_builders_leave_a_request_unverified_at_the_deadline_in_log_time()
    {
        var request = Open();
        _log.Block(1, Answer(request, 0).Commitment);
        var deadline = _network.Genesis.Deadlines.CommitSeconds;
        var blocks = 0;
        ImmutableArray<VerdictEntry> derived;
        do
        {
            derived = _log.Block(3600);
            blocks++;
        }
        while (derived.IsEmpty);
        Assert.Equal(EntryType.Unverified, Assert.Single(derived).Type);
        Assert.Equal(deadline / 120, blocks); // an hour passes as 120 s of log time a block
    }

    [Fact]
    public void An_outage_of_a_day_expires_nothing_at_once()
    {
        var request = Open();
        Assert.Empty(_log.Block(86_400));
        Assert.Equal(EntryFault.None, _log.Check(Answer(request, 0).Commitment));
        Assert.False(_log.State.HasDueDeadline(_log.State.BlockTimeMs + 86_400_000));
    }

    [Fact]
    public void A_late_close_at_the_commit_deadline_still_lets_results_be_revealed()
    {
        using var network = new TestNetwork(deadlines: new BuildDeadlines(60, 60));
        var log = new TestLog(network);
        var request = network.Request(Image, Manifest.Digest);
        log.Block(1, request);
        var (first, second) = (network.Answer(request, 0, Outputs), network.Answer(request, 1, Outputs));
        log.Block(1, first.Commitment, second.Commitment);
        Assert.True(log.State.HasDueDeadline(log.State.BlockTimeMs + 59_000));
        Assert.Empty(log.Block(59));
        Assert.Equal(RequestPhase.Revealing, log.State.PhaseOf(new RequestId(request.PayloadDigest)));
        Assert.Equal(EntryFault.CommitmentsClosed, log.Check(network.Answer(request, 2, Outputs).Commitment));
        Assert.Equal(EntryType.Verified, Assert.Single(log.Block(1, first.Result, second.Result)).Type);
    }

    [Fact]
    public void Two_builders_of_one_organisation_have_one_vote()
    {
        using var network = new TestNetwork(authorities: 4, organisation: i => i < 2 ? "same" : $"org{i}");
        var log = new TestLog(network);
        var request = network.Request(Image, Manifest.Digest);
        log.Block(1, request);
        var answers = Enumerable.Range(0, 4).Select(i => network.Answer(request, i, Outputs)).ToArray();
        log.Block(1, [.. answers.Select(a => a.Commitment)]);
        Assert.Empty(log.Block(1, answers[0].Result, answers[1].Result));
        var verdict = Assert.Single(log.Block(1, answers[2].Result));
        Assert.Equal(["same", "org2"], verdict.Verdict.Agreeing.Select(v => v.Organisation));
    }

    [Fact]
    public void Whoever_may_not_say_it_is_refused()
    {
        var request = Open();
        var signer = new EntrySigner(_network.BuilderKeys[1]);
        var commitment = (Commitment)Answer(request, 0).Commitment.Body!;
        Assert.Equal(EntryFault.WrongKey, _log.Check(signer.Sign(commitment)));
        Assert.Equal(EntryFault.NotChosen, _log.Check(signer.Sign(commitment with { Builder = "nobody" })));
        Assert.Equal(EntryFault.WrongAttempt, _log.Check(signer.Sign(commitment with { Builder = "a1", Attempt = 2 })));
        Assert.Equal(EntryFault.UnknownRequest, _log.Check(signer.Sign(commitment with { Builder = "a1", Request = default })));
        Assert.Equal(EntryFault.Duplicate, _log.Check(request));
        var asked = (BuildRequest)request.Body!;
        EntryFault Ask(BuildRequest changed) => _log.Check(new EntrySigner(_network.Asker).Sign(changed));
        Assert.Equal(EntryFault.WrongChain, Ask(asked with { ChainId = default }));
        Assert.Equal(EntryFault.BadThreshold, Ask(asked with { Threshold = 1 }));
        Assert.Equal(EntryFault.BadThreshold, Ask(asked with { Threshold = 4 }));
        Assert.Equal(EntryFault.BadCoordinate, Ask(asked with { Coordinate = "docker:docker.io/library/debian:12" }));
        Assert.Equal(EntryFault.WrongKind, Ask(asked with { Kind = ArtifactKind.Built, Specification = SourceBuilds.Specification }));
        Assert.Equal(EntryFault.WrongKey, _log.Check(new EntrySigner(_network.Operator).Sign(asked with { Threshold = 3 })));
    }

    [Fact]
    public void A_second_commitment_or_a_commitment_after_a_failure_is_refused()
    {
        var request = Open();
        _log.Block(1, Answer(request, 0).Commitment, _network.Failure(request, 1, FailureReason.Denied));
        Assert.Equal(EntryFault.Duplicate, _log.Check(Answer(request, 0, "other").Commitment));
        Assert.Equal(EntryFault.AlreadyDecided, _log.Check(_network.Failure(request, 0, FailureReason.Denied)));
        Assert.Equal(EntryFault.AlreadyDecided, _log.Check(Answer(request, 1).Commitment));
    }

    [Fact]
    public void A_result_beyond_the_requests_limit_or_for_another_platform_is_refused()
    {
        var request = Open();
        var odd = _network.Answer(request, 0, Outputs, s => s with { Platforms = [] });
        var large = _network.Answer(request, 1, [Manifest, Outputs[1] with { Size = 2L << 30 }]);
        _log.Block(1, odd.Commitment, large.Commitment, Answer(request, 2).Commitment);
        Assert.Equal(EntryFault.NotTheRequest, _log.Check(odd.Result));
        Assert.Equal(EntryFault.LimitExceeded, _log.Check(large.Result));
    }

    [Fact]
    public void A_leader_selects_what_the_followers_accept()
    {
        var request = _network.Request(Image, Manifest.Digest);
        var answers = Enumerable.Range(0, 4).Select(i => Answer(request, i)).ToArray();
        SignedEntry[] pool = [answers[3].Result, request, request, .. answers.Select(a => a.Commitment), .. answers.Select(a => a.Result)];
        var (chosen, refused) = _log.State.Select(pool, 1, 100, 1 << 20);
        Assert.Equal([EntryType.BuildRequest, .. Enumerable.Repeat(EntryType.Commitment, 3), .. Enumerable.Repeat(EntryType.BuildResult, 3)], chosen.Select(e => e.Type));
        Assert.Equal([EntryFault.Duplicate, EntryFault.CommitmentsClosed], refused.Select(r => r.Fault));
        Assert.True(_log.State.TryApply(chosen, 1, signaturesVerified: false, out var applied, out _));
        Assert.Equal(EntryType.Verified, Assert.Single(applied!.Derived).Type);
    }

    [Fact]
    public void A_moving_tag_answers_with_its_newest_verified_digest()
    {
        _log.Notarize(Image, Outputs, Manifest.Digest);
        var newer = TestLog.Output("newer");
        _log.Notarize(Image, [newer], newer.Digest, nonce: "1");
        Assert.Equal(newer.Digest, _log.RootOf("docker:docker.io/library/alpine:3.16"));
        Assert.True(_log.State.IsVerified(newer.Digest));
    }

    [Fact]
    public void Every_leaf_parses_back_to_the_same_entry()
    {
        _log.Notarize(Image, Outputs, Manifest.Digest);
        foreach (var entry in _log.Entries)
        {
            Assert.True(LogEntry.TryParse(entry.Leaf, out var parsed, out var error), error);
            Assert.Equal(entry.Type, parsed.Type);
            if (entry is SignedEntry signed)
                Assert.True(((SignedEntry)parsed).VerifySignature() && ((SignedEntry)parsed).Payload.Span.SequenceEqual(signed.Payload.Span));
            else
                Assert.Equal(((VerdictEntry)entry).Outputs, ((VerdictEntry)parsed).Outputs);
        }
    }

    [Fact]
    public void A_result_of_many_outputs_goes_by_digest_and_its_verdict_too()
    {
        ImmutableArray<ArtifactOutput> many = [Manifest, .. Enumerable.Range(0, 400).Select(i => TestLog.Output($"layer {i}"))];
        var (_, verdict) = _log.Notarize(Image, many, Manifest.Digest);
        Assert.NotNull(verdict.OutputsDigest);
        var result = (SignedEntry)_log.Entries[(int)verdict.Verdict.Agreeing[0].Index];
        Assert.False(result.IsPayloadInline);
        Assert.True(LogEntry.TryParse(result.Leaf, out var bare, out _));
        Assert.Equal(EntryFault.PayloadMissing, LedgerState.CheckSigned(bare));
        Assert.False(((SignedEntry)bare).TryAttach(new byte[result.PayloadSize], out _, out _));
        Assert.True(((SignedEntry)bare).TryAttach(result.Payload, out var complete, out _));
        Assert.Equal(EntryFault.None, LedgerState.CheckSigned(complete));
        Assert.True(LogEntry.TryParse(verdict.Leaf, out var bareVerdict, out _));
        Assert.True(((VerdictEntry)bareVerdict).TryAttach(VerdictEntry.EncodeOutputs(many), out var completeVerdict, out _));
        Assert.Equal(401, completeVerdict.Outputs.Length);
    }

    [Fact]
    public void Replicas_that_apply_the_same_blocks_derive_the_same_root()
    {
        var other = new TestLog(_network);
        _log.Notarize(Image, Outputs, Manifest.Digest);
        var at = 0;
        foreach (var count in new[] { 1, 3, 2 })
        {
            other.Block(1, [.. _log.Entries.Skip(at).Take(count).Cast<SignedEntry>()]);
            at += count;
        }

        Assert.Equal(_log.Checkpoint(), other.Checkpoint());
    }
}
