using Pyrsia.Contracts;
using Pyrsia.Curve25519;
using Pyrsia.Provenance.Attestations;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Ledger;
using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Specifications;
using Pyrsia.Provenance.Verification;
using Pyrsia.Testing.Provenance;
using Xunit;

namespace Pyrsia.Tests.Provenance;

public sealed class SourceBuildTests : IDisposable
{
    private readonly TestNetwork _network = new();
    private readonly TestLog _log;
    private readonly SourceBuilds _builds;

    public SourceBuildTests()
    {
        _log = new TestLog(_network);
        _builds = new SourceBuilds(_network);
    }

    public void Dispose() => _network.Dispose();

    private SignedEntry Open(string nonce = "0")
    {
        var request = _builds.Request(nonce: nonce);
        Assert.Empty(_log.Block(1, request));
        return request;
    }

    private SignedEntry OpenMapped()
    {
        Assert.Empty(_log.Block(1, _builds.Map()));
        return Open();
    }

    private VerdictEntry Build(SignedEntry request, params int[] builders)
    {
        Assert.Empty(_log.Block(1, _builds.Plan(request, 0), _builds.Plan(request, 1)));
        var answers = builders.Select(i => _builds.Answer(request, i)).ToArray();
        _log.Block(1, [.. answers.Select(a => a.Commitment)]);
        return Assert.Single(_log.Block(1, [.. answers.Take(2).Select(a => a.Result)]));
    }

    [Fact]
    public void A_mapped_source_that_two_builders_build_alike_is_verified_for_every_artifact_of_it()
    {
        var verdict = Build(OpenMapped(), 0, 1, 2);
        var main = SourceBuilds.Outputs().Single(o => o.Name == "org/acme/lib/1.0/lib-1.0.jar").Digest;
        var second = SourceBuilds.Outputs().Single(o => o.Name == "org/acme/api/1.0/api-1.0.jar").Digest;
        Assert.Equal((EntryType.Verified, ArtifactKind.Built, main), (verdict.Type, verdict.Verdict.Kind, verdict.Verdict.Root));
        Assert.Equal([new NamedRoot(SourceBuilds.Api, second)], verdict.Verdict.AlsoNames);
        Assert.Equal(main, _log.RootOf(SourceBuilds.Lib));
        Assert.Equal(second, _log.RootOf(SourceBuilds.Api));
        Assert.True(LogEntry.TryParse(verdict.Leaf, out var again, out _));
        Assert.Equal(verdict.Verdict.AlsoNames, ((VerdictEntry)again).Verdict.AlsoNames);
    }

    [Fact]
    public void Builders_whose_workers_differ_agree_and_the_provenance_names_each_worker()
    {
        var request = OpenMapped();
        Assert.Empty(_log.Block(1, _builds.Plan(request, 0), _builds.Plan(request, 1)));
        var answers = new[] { "12D3KooWFirst", null, "12D3KooWOther" }.Select((worker, i) => _builds.Answer(request, i, worker: worker)).ToArray();
        _log.Block(1, [.. answers.Select(a => a.Commitment)]);
        Assert.Equal(EntryType.Verified, Assert.Single(_log.Block(1, answers[0].Result, answers[2].Result)).Type);

        var named = answers.Select(a => ResultStatement.TryParse(a.Result.Payload.Span, out var statement, out var error) ? ((SourceBuildStatement)statement).Worker : error);
        Assert.Equal(["12D3KooWFirst", null, "12D3KooWOther"], named);
        var main = SourceBuilds.Outputs().Single(o => o.Name == "org/acme/lib/1.0/lib-1.0.jar").Digest;
        Assert.True(ProvenanceVerifier.Verify(_log.Bundle(_log.Entries.Count - 1, main).ToBytes(), _network.File, new VerificationOptions { Coordinate = SourceBuilds.Lib, Digest = main }).Passed);
    }

    [Fact]
    public void A_bundle_proves_a_file_for_the_artifact_that_it_belongs_to_and_for_no_other_of_the_build()
    {
        Build(OpenMapped(), 0, 1, 2);
        var second = SourceBuilds.Outputs().Single(o => o.Name == "org/acme/api/1.0/api-1.0.jar").Digest;
        var bundle = _log.Bundle(_log.Entries.Count - 1, second).ToBytes();
        Assert.True(ProvenanceVerifier.Verify(bundle, _network.File, new VerificationOptions { Coordinate = SourceBuilds.Api, Digest = second }).Passed);
        var other = ProvenanceVerifier.Verify(bundle, _network.File, new VerificationOptions { Coordinate = SourceBuilds.Lib, Digest = second });
        Assert.Equal(VerificationStep.Digest, other.Failure!.Step);
        Assert.Contains("no file of", other.Failure.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_mapping_a_build_answers_no_coordinate_and_goes_under_its_specification()
    {
        Assert.Equal(EntryFault.NotMapped, _log.Check(_builds.Request()));
        var under = Coordinate.OfSource(SourceBuilds.Specification.Digest);
        var request = _builds.Request(coordinate: under);
        _log.Block(1, request);
        var verdict = Build(request, 0, 1, 2);
        Assert.Equal((EntryType.Verified, under), (verdict.Type, verdict.Verdict.Coordinate));
        Assert.Empty(verdict.Verdict.AlsoNames);
        Assert.Equal(verdict.Verdict.Root, _log.RootOf(under));
        Assert.Null(_log.RootOf(SourceBuilds.Lib));
        Assert.Equal(EntryFault.BadCoordinate, _log.Check(_builds.Request(coordinate: Coordinate.OfSource(Digest.Of("other"u8)), nonce: "1")));
    }

    [Fact]
    public void A_mapping_holds_when_a_quorum_has_approved_and_not_before()
    {
        var proposal = _builds.Propose();
        _log.Block(1, proposal, _builds.Approve(proposal, 0), _builds.Approve(proposal, 1));
        Assert.Equal(EntryFault.NotMapped, _log.Check(_builds.Request()));
        Assert.Equal(EntryFault.Duplicate, _log.Check(_builds.Approve(proposal, 1)));
        Assert.Equal(EntryFault.NotAnAuthority, _log.Check(_builds.Approve(proposal, 2, signer: 1)));
        _log.Block(1, _builds.Approve(proposal, 3));
        Assert.Equal(EntryFault.None, _log.Check(_builds.Request()));
        Assert.Equal(EntryFault.RequestClosed, _log.Check(_builds.Approve(proposal, 2)));
        Assert.Equal(EntryFault.UnknownProposal, _log.Check(_builds.Approve(_builds.Propose(nonce: "unknown"), 2)));
        Assert.Equal(EntryFault.Duplicate, _log.Check(proposal));
    }

    [Fact]
    public void A_request_with_another_source_than_the_mapped_one_is_refused()
    {
        _log.Block(1, _builds.Map());
        var elsewhere = SourceBuilds.Specification with { Source = SourceBuilds.Source with { Revision = new string('b', 40) } };
        Assert.Equal(EntryFault.NotMapped, _log.Check(_builds.Request(elsewhere)));
    }

    [Fact]
    public void A_release_that_has_an_answer_keeps_its_source()
    {
        Build(OpenMapped(), 0, 1, 2);
        _log.Block(1, _builds.Map(SourceBuilds.Source with { Revision = new string('b', 40) }, nonce: "1"));
        Assert.Equal(SourceBuilds.Source.Digest, _log.State.FindMapping(SourceBuilds.Lib)!.Value.Source);
    }

    [Fact]
    public void Nobody_commits_before_k_builders_hold_the_same_plan()
    {
        var request = OpenMapped();
        _log.Block(1, _builds.Plan(request, 0));
        Assert.Equal(EntryFault.PlanningOpen, _log.Check(_builds.Answer(request, 0).Commitment));
        Assert.Equal(EntryFault.Duplicate, _log.Check(_builds.Plan(request, 0)));
        _log.Block(1, _builds.Plan(request, 1));
        Assert.Equal(EntryFault.None, _log.Check(_builds.Answer(request, 0).Commitment));
        Assert.Equal(EntryFault.PlanningClosed, _log.Check(_builds.Plan(request, 2)));
    }

    [Fact]
    public void A_plan_of_another_commit_or_builder_image_is_refused()
    {
        var request = OpenMapped();
        Assert.Equal(EntryFault.PlanMismatch, _log.Check(_builds.Plan(request, 0, change: p => p with { Revision = new string('c', 40) })));
        Assert.Equal(EntryFault.PlanMismatch, _log.Check(_builds.Plan(request, 0, change: p => p with { BuilderImage = Digest.Of("other"u8) })));
    }

    [Fact]
    public void A_plan_may_lock_only_files_that_the_log_has_verified()
    {
        var layer = TestLog.Output("layer");
        var files = DependencyLock.Of([new LockedFile("org/x/y/1/y-1.jar", layer.Digest, layer.Size)]);
        var request = OpenMapped();
        Assert.Equal(EntryFault.UnverifiedDependency, _log.Check(_builds.Plan(request, 0, files)));
        _log.Notarize("alpine:3.16", [layer], layer.Digest);
        Assert.Equal(EntryFault.None, _log.Check(_builds.Plan(request, 0, files)));
    }

    [Fact]
    public void A_result_that_was_built_with_other_dependencies_is_refused()
    {
        var layer = TestLog.Output("layer");
        _log.Notarize("alpine:3.16", [layer], layer.Digest);
        var request = OpenMapped();
        _log.Block(1, _builds.Plan(request, 0), _builds.Plan(request, 1));
        var odd = _builds.Answer(request, 0, files: DependencyLock.Of([new LockedFile("org/x/y/1/y-1.jar", layer.Digest, layer.Size)]));
        _log.Block(1, odd.Commitment, _builds.Answer(request, 1).Commitment, _builds.Answer(request, 2).Commitment);
        Assert.Equal(EntryFault.PlanMismatch, _log.Check(odd.Result));
    }

    [Fact]
    public void Builders_that_hold_different_plans_end_the_request_as_failed_with_that_reason()
    {
        var request = OpenMapped();
        var plans = Enumerable.Range(0, 4).Select(i => _builds.Plan(request, i, change: p => p with { OutputTimestamp = p.OutputTimestamp + i })).ToArray();
        Assert.Empty(_log.Block(1, plans[..3]));
        var verdict = Assert.Single(_log.Block(1, plans[3]));
        Assert.Equal((EntryType.Failed, FailureReason.PlanMismatch), (verdict.Type, verdict.Verdict.Reason));
    }

    [Fact]
    public void A_source_that_three_builders_cannot_build_has_failed_with_their_reason()
    {
        var request = OpenMapped();
        _log.Block(1, _network.Failure(request, 0, FailureReason.CommitNotFound), _network.Failure(request, 1, FailureReason.CommitNotFound));
        var verdict = Assert.Single(_log.Block(1, _network.Failure(request, 2, FailureReason.SourceUnavailable)));
        Assert.Equal((EntryType.Failed, FailureReason.CommitNotFound), (verdict.Type, verdict.Verdict.Reason));
    }

    private SignedEntry Cancel(SignedEntry request, Ed25519PrivateKey? key = null, Ed25519PrivateKey? signer = null) =>
        new EntrySigner(signer ?? key ?? _network.Asker).Sign(new BuildCancellation(new RequestId(request.PayloadDigest), (key ?? _network.Asker).PublicKey));

    [Fact]
    public void What_its_asker_takes_back_has_failed_as_cancelled_whatever_builders_have_said()
    {
        var request = OpenMapped();
        _log.Block(1, _builds.Plan(request, 0), _builds.Plan(request, 1));
        _log.Block(1, _network.Failure(request, 2, FailureReason.BuildError));
        var verdict = Assert.Single(_log.Block(1, _builds.Answer(request, 0).Commitment, Cancel(request), _builds.Answer(request, 1).Commitment));
        Assert.Equal((EntryType.Failed, FailureReason.Cancelled), (verdict.Type, verdict.Verdict.Reason));
        Assert.Equal(["a2"], verdict.Verdict.Failures.Select(f => f.Name));
        Assert.Equal(EntryFault.RequestClosed, _log.Check(Cancel(request)));
        Assert.True(LogEntry.TryParse(verdict.Leaf, out _, out _));
    }

    [Fact]
    public void Nobody_but_the_asker_takes_a_request_back_and_nobody_twice()
    {
        var request = OpenMapped();
        Assert.Equal(EntryFault.NotTheAsker, _log.Check(Cancel(request, _network.Operator)));
        Assert.Equal(EntryFault.WrongKey, _log.Check(Cancel(request, signer: _network.Operator)));
        Assert.Equal(EntryFault.UnknownRequest, _log.Check(Cancel(_builds.Request(nonce: "another"))));
        Assert.False(_log.State.TryApply([Cancel(request), Cancel(request)], _log.State.BlockTimeMs + 1, signaturesVerified: false, out _, out var fault));
        Assert.Equal((1, EntryFault.Duplicate), (fault!.Position, fault.Fault));
        Assert.Throws<ArgumentException>(() => _network.Failure(request, 0, FailureReason.Cancelled));
    }

    [Fact]
    public void Builds_that_differ_are_nonreproducible()
    {
        var request = OpenMapped();
        _log.Block(1, _builds.Plan(request, 0), _builds.Plan(request, 1));
        var answers = Enumerable.Range(0, 3).Select(i => _builds.Answer(request, i, SourceBuilds.Outputs($"{i}"))).ToArray();
        _log.Block(1, [.. answers.Select(a => a.Commitment)]);
        var verdict = Assert.Single(_log.Block(1, [.. answers.Select(a => a.Result)]));
        Assert.Equal(EntryType.Nonreproducible, verdict.Type);
        Assert.Equal(3, verdict.Verdict.Dissenting.Length);
        Assert.Null(_log.RootOf(SourceBuilds.Lib));
        Assert.Null(_log.RootOf(SourceBuilds.Api));
    }

    [Fact]
    public void A_later_result_of_a_release_that_differs_conflicts_and_does_not_answer()
    {
        var first = Build(OpenMapped(), 0, 1, 2);
        var request = Open("1");
        _log.Block(1, _builds.Plan(request, 0), _builds.Plan(request, 1));
        var answers = Enumerable.Range(0, 3).Select(i => _builds.Answer(request, i, SourceBuilds.Outputs("changed"))).ToArray();
        _log.Block(1, [.. answers.Select(a => a.Commitment)]);
        var second = Assert.Single(_log.Block(1, answers[0].Result, answers[1].Result));
        Assert.NotNull(second.Verdict.ConflictsWith);
        Assert.Equal(first.Verdict.Root, _log.RootOf(SourceBuilds.Lib));
    }

    [Fact]
    public void A_specification_reads_back_from_any_spelling_to_one_form()
    {
        var text = System.Text.Encoding.UTF8.GetString(SourceBuilds.Specification.ToBytes()).Replace(",", " ,\n ", StringComparison.Ordinal);
        Assert.True(BuildSpecification.TryParse(System.Text.Encoding.UTF8.GetBytes(text), out var read, out var error), error);
        Assert.Equal(SourceBuilds.Specification.Digest, read.Digest);
        Assert.Equal(SourceBuilds.Specification, read);
    }

    [Theory]
    [InlineData("\"url\":\"https://git.example.org/acme/lib.git\"", "\"url\":\"https://user:pass@git.example.org/x.git\"")]
    [InlineData("\"url\":\"https://git.example.org/acme/lib.git\"", "\"url\":\"ssh://git.example.org/x.git\"")]
    [InlineData("\"tag\":\"v1.0\"", "\"tag\":\"--upload-pack=x\"")]
    [InlineData("\"subdirectory\":\"\"", "\"subdirectory\":\"../x\"")]
    [InlineData("org/acme/api/1.0/api-1.0.jar", "org/acme/other/1.0/api-1.0.jar")]
    [InlineData("org/acme/api/1.0/api-1.0.jar", "org/acme/api/1.0/../../x")]
    [InlineData("\"umask\":\"022\"", "\"umask\":\"999\"")]
    [InlineData("\"umask\":\"022\"", "\"umask\":\"7022\"")]
    [InlineData("aaaaaaaa", "aaaaaaaA")]
    public void A_specification_that_asks_for_what_nobody_may_do_is_refused(string from, string to)
    {
        var text = System.Text.Encoding.UTF8.GetString(SourceBuilds.Specification.ToBytes());
        Assert.Contains(from, text, StringComparison.Ordinal);
        Assert.False(BuildSpecification.TryParse(System.Text.Encoding.UTF8.GetBytes(text.Replace(from, to, StringComparison.Ordinal)), out _, out var error));
        Assert.StartsWith("build specification:", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_statement_of_a_build_reads_back_with_its_lock()
    {
        var files = DependencyLock.Of([new LockedFile("b/b.jar", Digest.Of("b"u8), 1), new LockedFile("a/a.jar", Digest.Of("a"u8), 2)]);
        var result = _builds.Answer(_builds.Request(), 0, files: files).Result;
        Assert.True(ResultStatement.TryParse(result.Payload.Span, out var read, out var error), error);
        Assert.Equal(files, Assert.IsType<SourceBuildStatement>(read).Lock);
        Assert.Equal(((SourceBuildStatement)result.Body!).PlanContent, ((SourceBuildStatement)read).PlanContent);
    }

    [Fact]
    public void Only_a_test_network_builds_from_an_address_that_is_not_https()
    {
        var plain = SourceBuilds.Source with { Url = "http://127.0.0.1/x.git" };
        Assert.Equal(EntryFault.None, _log.Check(_builds.Propose(plain)));
        var parts = _network.Parts with { TestNetwork = false, OperatorKey = null };
        Assert.True(GenesisDocument.TryCreate(parts, out var genesis, out _));
        var proposal = (MappingProposal)_builds.Propose(plain).Body!;
        var elsewhere = new EntrySigner(_network.Asker).Sign(proposal with { ChainId = genesis.ChainId });
        Assert.Equal(EntryFault.SourceNotHttps, LedgerState.Start(genesis).CheckEntry(elsewhere, 1));
    }
}
