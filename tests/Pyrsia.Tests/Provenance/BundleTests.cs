using System.Collections.Immutable;
using System.Text;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Notes;
using Pyrsia.Provenance.Verification;
using Pyrsia.Testing.Provenance;
using Xunit;

namespace Pyrsia.Tests.Provenance;

public sealed class BundleTests : IDisposable
{
    private const string Image = "alpine:3.16";
    private static readonly ArtifactOutput Manifest = TestLog.Output("manifest");
    private static readonly ArtifactOutput Layer = TestLog.Output("layer", "application/vnd.oci.image.layer.v1.tar+gzip");
    private readonly TestNetwork _network = new();
    private readonly TestLog _log;
    private readonly byte[] _bundle;

    public BundleTests()
    {
        _log = new TestLog(_network);
        var (index, _) = _log.Notarize(Image, [Manifest, Layer], Manifest.Digest);
        _bundle = _log.Bundle(index, Manifest.Digest).ToBytes();
    }

    public void Dispose() => _network.Dispose();

    private VerificationReport Verify(byte[] bundle, VerificationOptions? options = null, NetworkFile? network = null) =>
        ProvenanceVerifier.Verify(bundle, network ?? _network.File, options ?? new VerificationOptions());

    private static void FailsAt(VerificationStep step, VerificationReport report)
    {
        Assert.False(report.Passed);
        Assert.Equal(step, report.Failure!.Step);
        Assert.All(report.Steps.Where(s => s.Step > step), s => Assert.Equal(StepOutcome.NotRun, s.Outcome));
    }

    [Fact]
    public void A_bundle_of_a_verified_image_passes_every_step()
    {
        var report = Verify(_bundle, new VerificationOptions { Coordinate = "docker:docker.io/library/alpine:3.16", Digest = Manifest.Digest });
        Assert.True(report.Passed, report.Failure?.ToString());
        Assert.Equal(Enum.GetValues<VerificationStep>(), report.Steps.Select(s => s.Step));
        Assert.True(ProvenanceBundle.TryParse(_bundle, out var parsed, out _));
        Assert.Equal(_bundle, parsed.ToBytes());
    }

    [Fact]
    public void A_layer_of_the_image_has_a_bundle_of_its_own() =>
        Assert.True(Verify(_log.Bundle(_log.Entries.Count - 1, Layer.Digest).ToBytes(), new VerificationOptions { Digest = Layer.Digest }).Passed);

    [Fact]
    public void Any_changed_byte_fails_a_named_step()
    {
        var copy = _bundle.ToArray();
        var failedAt = new HashSet<VerificationStep>();
        var report = new StringBuilder();
        for (var i = 0; i < copy.Length; i++)
        {
            foreach (var flip in new byte[] { 0x01, (byte)(0x02 << (i % 7)) })
            {
                copy[i] ^= flip;
                var outcome = Verify(copy);
                if (outcome.Passed)
                    report.Append(i).Append(" ^ ").Append(flip).AppendLine(" passes");
                else
                    failedAt.Add(outcome.Failure!.Step);
                copy[i] ^= flip;
            }
        }

        Assert.Equal("", report.ToString());
        Assert.Superset(
            new HashSet<VerificationStep> { VerificationStep.Parse, VerificationStep.ChainId, VerificationStep.Digest, VerificationStep.Attestations, VerificationStep.Inclusion, VerificationStep.Quorum },
            failedAt);
    }

    [Fact]
    public void A_bundle_cut_short_or_with_something_added_does_not_parse()
    {
        FailsAt(VerificationStep.Parse, Verify(_bundle[..^1]));
        FailsAt(VerificationStep.Parse, Verify([.. _bundle, (byte)'\n']));
        FailsAt(VerificationStep.Parse, Verify([(byte)' ', .. _bundle]));
        FailsAt(VerificationStep.Parse, Verify([]));
    }

    [Fact]
    public void Another_coordinate_or_digest_than_the_one_asked_for_fails()
    {
        FailsAt(VerificationStep.Digest, Verify(_bundle, new VerificationOptions { Coordinate = "docker:docker.io/library/alpine:3.17" }));
        FailsAt(VerificationStep.Digest, Verify(_bundle, new VerificationOptions { Digest = Layer.Digest }));
    }

    [Fact]
    public void A_threshold_raised_above_the_agreeing_builders_fails()
    {
        Assert.True(Verify(_bundle, new VerificationOptions { Threshold = 2 }).Passed);
        FailsAt(VerificationStep.Threshold, Verify(_bundle, new VerificationOptions { Threshold = 3 }));
    }

    [Fact]
    public void Age_is_told_and_bounded_only_when_asked()
    {
        var late = DateTimeOffset.FromUnixTimeSeconds(1_750_000_100).AddYears(40);
        var report = Verify(_bundle, new VerificationOptions { Now = late });
        Assert.True(report.Passed);
        Assert.Contains("days ago", report.Steps[^1].Detail, StringComparison.Ordinal);
        FailsAt(VerificationStep.Age, Verify(_bundle, new VerificationOptions { Now = late, MaxAge = TimeSpan.FromDays(1) }));
        Assert.True(Verify(_bundle, new VerificationOptions { Now = report.Time!.Value.AddHours(23), MaxAge = TimeSpan.FromDays(1) }).Passed);
    }

    [Fact]
    public void The_age_is_that_of_the_second_newest_cosignature_when_one_authority_may_lie()
    {
        // Authority i cosigns at base + i; the three newest of four are published, f is 1.
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1_750_000_100 + 2), Verify(_bundle).Time);
    }

    public static TheoryData<string> GenesisChanges =>
        ["builder key", "builder organisation", "builder name", "vote key", "cosigner", "authority name", "log key", "nonce", "threshold", "deadline", "naming"];

    [Theory]
    [MemberData(nameof(GenesisChanges))]
    public void A_network_file_with_anything_else_in_its_genesis_is_another_chain(string change)
    {
        using var other = new TestNetwork(seed: "other");
        var parts = _network.Parts;
        var (b, a) = (parts.Builders, parts.Authorities);
        var changed = change switch
        {
            "builder key" => parts with { Builders = b.SetItem(0, b[0] with { Key = other.BuilderKeys[0].PublicKey }) },
            "builder organisation" => parts with { Builders = b.SetItem(0, b[0] with { Organisation = "else" }) },
            "builder name" => parts with { Builders = b.SetItem(0, b[0] with { Name = "else" }) },
            "vote key" => parts with { Authorities = a.SetItem(0, a[0] with { VoteKey = other.VoteKeys[0].PublicKey }) },
            "cosigner" => parts with { Authorities = a.SetItem(0, a[0] with { Cosigner = other.Genesis.Authorities[0].Cosigner }) },
            "authority name" => parts with { Authorities = a.SetItem(0, a[0] with { Name = "else" }) },
            "log key" => parts with { Authorities = a.SetItem(0, a[0] with { Log = other.Genesis.Authorities[0].Log }) },
            "nonce" => parts with { Nonce = other.Parts.Nonce },
            "threshold" => parts with { Threshold = 3 },
            "deadline" => parts with { Deadlines = new BuildDeadlines(1, 1) },
            _ => parts with { Naming = [new NamingRule("docker:", ArtifactKind.Built)] },
        };
        Assert.True(GenesisDocument.TryCreate(changed, out var genesis, out var error), error);
        FailsAt(VerificationStep.ChainId, Verify(_bundle, network: new NetworkFile(genesis)));
    }

    [Fact]
    public void A_policy_that_wants_other_keys_or_more_cosignatures_fails_at_the_quorum()
    {
        using var other = new TestNetwork(seed: "other");
        var text = _network.Genesis.Set.ToPolicy();
        void Fails(string policy) => FailsAt(VerificationStep.Quorum, Verify(_bundle, network: new NetworkFile(_network.Genesis, policy)));
        Fails(text.Replace("group authorities 3", "group authorities 4", StringComparison.Ordinal));
        Fails(other.Genesis.Set.ToPolicy());
        Assert.True(ProvenanceBundle.TryParse(_bundle, out var bundle, out _));
        var used = bundle.Checkpoint.Note.Signatures.Select(s => s.Name).ToHashSet();
        for (var i = 0; i < 4; i++)
        {
            var (mine, theirs) = (_network.Genesis.Authorities[i], other.Genesis.Authorities[i]);
            var changed = new NetworkFile(_network.Genesis, text.Replace(mine.Cosigner.ToString(), theirs.Cosigner.ToString(), StringComparison.Ordinal));
            Assert.NotEqual(used.Contains(mine.Cosigner.Name), Verify(_bundle, network: changed).Passed);
        }

        Fails(string.Join('\n', text.Split('\n').Where(l => !l.StartsWith("log", StringComparison.Ordinal))));
    }

    [Fact]
    public void A_checkpoint_with_one_cosignature_more_or_less_is_not_the_published_form()
    {
        Assert.True(ProvenanceBundle.TryParse(_bundle, out var bundle, out _));
        var note = bundle.Checkpoint.Note;
        byte[] With(ImmutableArray<NoteSignature> lines) =>
            (bundle with { Checkpoint = new SignedCheckpoint(bundle.Checkpoint.Checkpoint, new SignedNote(note.Text, lines)) }).ToBytes();
        var all = _network.Sign(bundle.Checkpoint.Checkpoint, 1_750_000_100).ToArray();
        FailsAt(VerificationStep.Quorum, Verify(With(note.Signatures[..^1])));
        FailsAt(VerificationStep.Quorum, Verify(With([note.Signatures[0], .. all.Where((_, i) => i % 2 == 1)])));
        FailsAt(VerificationStep.Quorum, Verify(With([note.Signatures[0], note.Signatures[2], note.Signatures[1], note.Signatures[3]])));
        FailsAt(VerificationStep.Quorum, Verify(With([note.Signatures[0], note.Signatures[1], note.Signatures[1], note.Signatures[2]])));
        FailsAt(VerificationStep.Quorum, Verify(With(note.Signatures.RemoveAt(0).Insert(0, note.Signatures[1]))));
    }

    [Fact]
    public void A_conflicting_or_unverified_verdict_proves_nothing()
    {
        Assert.True(ProvenanceBundle.TryParse(_bundle, out var bundle, out _));
        var forged = VerdictEntry.Create(bundle.Verdict.Entry.Verdict with { ConflictsWith = 1 }, bundle.Verdict.Entry.Outputs);
        FailsAt(VerificationStep.Digest, Verify((bundle with { Verdict = bundle.Verdict with { Entry = forged } }).ToBytes()));
        var failed = VerdictEntry.Create(bundle.Verdict.Entry.Verdict with { Type = EntryType.Unverified }, []);
        FailsAt(VerificationStep.Digest, Verify((bundle with { Verdict = bundle.Verdict with { Entry = failed } }).ToBytes()));
    }

    [Fact]
    public void The_stored_sample_verifies_with_its_network_file_for_ever()
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "vectors", "provenance");
        if (Environment.GetEnvironmentVariable("PYRSIA_VECTORS") is { } written)
        {
            // By hand, after a change of format: see tests/vectors/provenance/README.md.
            File.WriteAllBytes(Path.Combine(written, "network.json"), _network.File.ToBytes());
            File.WriteAllBytes(Path.Combine(written, "alpine.bundle.json"), _bundle);
        }

        Assert.True(NetworkFile.TryParse(File.ReadAllBytes(Path.Combine(folder, "network.json")), null, out var network, out var error), error);
        var report = Verify(File.ReadAllBytes(Path.Combine(folder, "alpine.bundle.json")), network: network);
        Assert.True(report.Passed, report.Failure?.ToString());
    }
}
