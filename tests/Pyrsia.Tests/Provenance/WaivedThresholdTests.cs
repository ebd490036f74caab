using Pyrsia.Contracts;
using Pyrsia.Node.Log;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Verification;
using Pyrsia.Testing.Provenance;
using Xunit;

namespace Pyrsia.Tests.Provenance;

public sealed class WaivedThresholdTests : IDisposable
{
    private static readonly VerificationOptions Waived = new() { WaiveThreshold = true };

    private readonly TestNetwork _network = new(threshold: 3);
    private readonly TestLog _log;
    private readonly ArtifactOutput _manifest = TestLog.Output("manifest");
    private readonly VerdictEntry _verdict;

    public WaivedThresholdTests()
    {
        _log = new TestLog(_network);
        var request = _network.Request("alpine:3", _manifest.Digest);
        string[] layers = ["a", "b", "b", "c"];
        var answers = layers.Select((layer, i) => _network.Answer(request, i, [_manifest, TestLog.Output(layer)])).ToArray();
        _log.Block(1, request);
        _log.Block(1, [.. answers.Select(a => a.Commitment)]);
        _verdict = _log.Block(1, [.. answers.Select(a => a.Result)]).Single();
    }

    public void Dispose() => _network.Dispose();

    private ProvenanceBundle Bundle(params long[] results) => BundleBuilder.BuildUnverified(
        _network.Genesis.ChainId, _manifest.Digest, _log.Entries.Count - 1, _verdict, results, i => (SignedEntry)_log.Entries[(int)i], _log.Reader, _log.Publish(), []);

    private VerificationStep? FailureOf(ProvenanceBundle bundle, VerificationOptions options) => ProvenanceVerifier.Verify(bundle.ToBytes(), _network.File, options).Failure?.Step;

    private UnverifiedAnswer Answer()
    {
        var index = new LogIndex(_network.Genesis, i => _log.Entries[(int)i]);
        foreach (var entry in _log.Entries) index.Add(entry);
        return index.Unverified.Find("docker:docker.io/library/alpine:3")!;
    }

    [Fact]
    public void The_answer_is_the_result_that_most_organisations_gave()
    {
        var answer = Answer();
        Assert.Equal(EntryType.Nonreproducible, answer.Type);
        Assert.Equal(2, answer.Organisations);
        Assert.Equal([_verdict.Verdict.Dissenting[1].Index, _verdict.Verdict.Dissenting[2].Index], answer.Results);
        Assert.Contains(answer.Outputs, output => output.Digest == TestLog.Output("b").Digest);
    }

    [Fact]
    public void Only_who_waives_the_threshold_accepts_results_that_were_not_verified()
    {
        var bundle = Bundle([.. Answer().Results]);
        Assert.Null(FailureOf(bundle, Waived));
        Assert.Equal(VerificationStep.Digest, FailureOf(bundle, new VerificationOptions()));
        var threshold = ProvenanceVerifier.Verify(bundle.ToBytes(), _network.File, Waived).Steps.Single(step => step.Step == VerificationStep.Threshold);
        Assert.StartsWith("2 organisations agree, 3 are needed, which is waived", threshold.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Results_that_differ_among_themselves_or_are_none_prove_nothing()
    {
        var dissenting = _verdict.Verdict.Dissenting;
        Assert.Equal(VerificationStep.Attestations, FailureOf(Bundle(dissenting[0].Index, dissenting[1].Index), Waived));
        Assert.Equal(VerificationStep.Digest, FailureOf(Bundle(), Waived));
        Assert.Equal(VerificationStep.Digest, FailureOf(Bundle(dissenting[0].Index) with { Digest = Digest.Of("other"u8) }, Waived));
        Assert.Throws<ArgumentException>(() => Bundle(0));
    }

    [Fact]
    public void Every_other_step_holds_as_ever()
    {
        var good = Bundle([.. Answer().Results]);
        var swapped = good with { Results = [good.Results[0] with { Proof = good.Results[1].Proof }, good.Results[1]] };
        Assert.Equal(VerificationStep.Inclusion, FailureOf(swapped, Waived));
        var forged = new TestNetwork(threshold: 3, seed: "forged");
        var request = _network.Request("alpine:3", _manifest.Digest);
        var (_, result) = forged.Answer(request, 1, [_manifest, TestLog.Output("b")]);
        Assert.Equal(VerificationStep.Attestations, FailureOf(good with { Results = [good.Results[0] with { Entry = result }, good.Results[1]] }, Waived));
        forged.Dispose();
        Assert.Equal(VerificationStep.Digest, FailureOf(good, Waived with { Coordinate = "docker:docker.io/library/other:1" }));
    }
}
