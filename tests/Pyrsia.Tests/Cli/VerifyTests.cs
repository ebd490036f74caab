using System.Text.Json;
using Pyrsia.Cli;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Notes;
using Pyrsia.Testing.Provenance;
using Xunit;

namespace Pyrsia.Tests.Cli;

public sealed class VerifyTests : IDisposable
{
    private const string Image = "alpine:3.16";
    private static readonly ArtifactOutput Manifest = TestLog.Output("manifest");
    private static readonly ArtifactOutput Layer = TestLog.Output("layer", "application/vnd.oci.image.layer.v1.tar+gzip");
    private readonly TestNetwork _network = new();
    private readonly TestLog _log;
    private readonly ScriptedNode _node;
    private readonly CliRun _run = new();
    private readonly string _vectors = Path.Combine(AppContext.BaseDirectory, "vectors", "provenance");

    public VerifyTests()
    {
        _log = new TestLog(_network);
        _log.Notarize(Image, [Manifest, Layer], Manifest.Digest);
        _node = new ScriptedNode(_network, _log);
        _run.Node = _node.Answer;
        _run.Variables["PYRSIA_NETWORK"] = _run["network.json"];
        File.WriteAllBytes(_run["network.json"], _network.File.ToBytes());
    }

    public void Dispose()
    {
        _run.Dispose();
        _network.Dispose();
    }

    private static readonly string[] Steps = ["parse", "chain-id", "digest", "attestations", "threshold", "inclusion", "quorum", "age"];

    private Task<int> VerifySample(params string[] more) =>
        _run.Of(["verify", Path.Combine(_vectors, "alpine.bundle.json"), "--offline", "--network", Path.Combine(_vectors, "network.json"), .. more]);

    [Fact]
    public async Task The_stored_sample_verifies_offline_and_every_step_is_printed()
    {
        _run.Node = null;
        Assert.Equal(ExitCode.Done, await VerifySample());
        foreach (var step in Steps) Assert.Contains($"✓ {step}", _run.Out, StringComparison.Ordinal);
        Assert.Contains("2025-06-15", _run.Out, StringComparison.Ordinal);
        Assert.Contains("old", _run.Out, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, await VerifySample("--output", "json"));
        var json = JsonDocument.Parse(_run.Out).RootElement;
        Assert.True(json.GetProperty("verified").GetBoolean());
        Assert.Equal(Steps, json.GetProperty("steps").EnumerateArray().Select(s => s.GetProperty("step").GetString()));
    }

    [Fact]
    public async Task A_threshold_above_the_builders_exits_5_and_an_age_above_the_limit_6()
    {
        Assert.Equal(ExitCode.Done, await VerifySample("--threshold", "2"));
        Assert.Equal(ExitCode.VerificationFailed, await VerifySample("--threshold", "3"));
        Assert.Contains("(threshold)", _run.Error, StringComparison.Ordinal);
        Assert.Contains("✗ threshold", _run.Out, StringComparison.Ordinal);
        Assert.Equal(ExitCode.PolicyNotMet, await VerifySample("--max-age", "24h"));
        Assert.Contains("(age)", _run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_changed_byte_of_the_bundle_exits_5_wherever_it_is()
    {
        var bytes = await File.ReadAllBytesAsync(Path.Combine(_vectors, "alpine.bundle.json"), TestContext.Current.CancellationToken);
        for (var at = 0; at < bytes.Length; at += 401)
        {
            bytes[at] ^= 0x01;
            foreach (var name in new[] { "x.bundle.json", "x.dat" })
            {
                await File.WriteAllBytesAsync(_run[name], bytes, TestContext.Current.CancellationToken);
                Assert.Equal(ExitCode.VerificationFailed, await _run.Of("verify", _run[name], "--offline", "--network", Path.Combine(_vectors, "network.json")));
                Assert.Matches(@"\((parse|chain-id|digest|attestations|threshold|inclusion|quorum)\)", _run.Error);
            }
            bytes[at] ^= 0x01;
        }
    }

    [Fact]
    public async Task An_artifact_is_verified_by_its_bytes()
    {
        Assert.Equal(ExitCode.Done, await _run.Of("bundle", Layer.Digest.ToString(), "-o", _run["layer.bundle.json"]));
        await File.WriteAllTextAsync(_run["layer"], "layer", TestContext.Current.CancellationToken);
        _run.Node = null;
        Assert.Equal(ExitCode.Done, await _run.Of("verify", _run["layer"], "--bundle", _run["layer.bundle.json"], "--offline"));
        await File.WriteAllTextAsync(_run["layer"], "laier", TestContext.Current.CancellationToken);
        Assert.Equal(ExitCode.VerificationFailed, await _run.Of("verify", _run["layer"], "--bundle", _run["layer.bundle.json"], "--offline"));
        Assert.Contains("(digest)", _run.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, await _run.Of("verify", _run["layer"], "--offline"));
        Assert.Equal(ExitCode.NotFound, await _run.Of("verify", _run["absent"], "--offline"));
    }

    [Fact]
    public async Task A_tag_is_verified_with_what_the_node_serves()
    {
        Assert.Equal(ExitCode.Done, await _run.Of("verify", Image));
        Assert.Contains($"Verified docker:docker.io/library/{Image}", _run.Out, StringComparison.Ordinal);
        Assert.Contains(Manifest.Digest.ToString(), _run.Out, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, await _run.Of("verify", $"alpine@{Layer.Digest}"));
        Assert.Equal(ExitCode.NotFound, await _run.Of("verify", "alpine:3.17"));
        Assert.Contains("(not-logged)", _run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_of_a_version_is_verified_by_its_path_and_its_proof_is_of_no_other_file()
    {
        const string jar = "org/acme/lib/1.0/lib-1.0.jar", pom = "org/acme/lib/1.0/lib-1.0.pom";
        using var network = new TestNetwork(naming: [new NamingRule("maven:", ArtifactKind.Notarized)]);
        var log = new TestLog(network);
        ArtifactOutput[] outputs = [TestLog.Output("jar") with { Name = jar }, TestLog.Output("pom") with { Name = pom }];
        log.NotarizeMaven("org.acme:lib:1.0", [.. outputs], outputs[0].Digest);
        _run.Node = new ScriptedNode(network, log).Answer;
        await File.WriteAllBytesAsync(_run["network.json"], network.File.ToBytes(), TestContext.Current.CancellationToken);
        foreach (var output in outputs)
        {
            Assert.Equal(ExitCode.Done, await _run.Of("verify", output.Name));
            Assert.Contains(output.Digest.ToString(), _run.Out, StringComparison.Ordinal);
        }
        Assert.Equal(ExitCode.Done, await _run.Of("bundle", pom, "-o", _run["pom.json"]));
        Assert.Equal(ExitCode.Done, await _run.Of("verify", pom, "--bundle", _run["pom.json"], "--offline"));
        Assert.Equal(ExitCode.VerificationFailed, await _run.Of("verify", jar, "--bundle", _run["pom.json"], "--offline"));
        Assert.Contains("(digest)", _run.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.NotFound, await _run.Of("verify", "org/acme/lib/1.0/lib-1.0-sources.jar"));
        Assert.Contains("(not-found)", _run.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.NotFound, await _run.Of("verify", "generic:words:1.0"));
        Assert.Contains("(not-logged)", _run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proof_of_another_name_does_not_verify_a_tag()
    {
        Assert.Equal(ExitCode.Done, await _run.Of("bundle", Image, "-o", _run["b.json"]));
        Assert.Equal(ExitCode.Done, await _run.Of("verify", Image, "--bundle", _run["b.json"], "--offline"));
        Assert.Equal(ExitCode.VerificationFailed, await _run.Of("verify", "alpine:3.17", "--bundle", _run["b.json"], "--offline"));
        Assert.Contains("(digest)", _run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/log/tile/entries/")]
    [InlineData("/log/tile/0/")]
    [InlineData("/log/checkpoint")]
    public async Task A_node_that_serves_a_bent_log_convinces_nobody(string route)
    {
        _node.Bend = (path, bytes) =>
        {
            if (path.StartsWith(route, StringComparison.Ordinal)) bytes[bytes.Length / 2] ^= 1;
            return bytes;
        };
        Assert.Equal(ExitCode.VerificationFailed, await _run.Of("verify", Image));
    }

    [Fact]
    public async Task Another_network_file_or_policy_is_not_satisfied()
    {
        using var other = new TestNetwork(seed: "other");
        await File.WriteAllBytesAsync(_run["other.json"], other.File.ToBytes(), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_run["other.policy"], other.Genesis.Set.ToPolicy(), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_run["same.policy"], _network.Genesis.Set.ToPolicy(), TestContext.Current.CancellationToken);
        Assert.Equal(ExitCode.VerificationFailed, await _run.Of("verify", Image, "--policy", _run["other.json"]));
        Assert.Equal(ExitCode.VerificationFailed, await VerifySample("--policy", _run["other.json"]));
        Assert.Contains("(chain-id)", _run.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.VerificationFailed, await _run.Of("verify", Image, "--policy", _run["other.policy"]));
        Assert.Contains("(quorum)", _run.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, await _run.Of("verify", Image, "--policy", _run["same.policy"]));
        Assert.Equal(ExitCode.Done, await _run.Of("verify", Image, "--policy", _run["network.json"], "--network", _run["absent.json"]));
    }

    [Fact]
    public async Task Bundles_are_written_in_three_formats()
    {
        Assert.Equal(ExitCode.Done, await _run.Of("bundle", Image));
        Assert.Equal(_log.Bundle(_log.Entries.Count - 1, Manifest.Digest).ToBytes(), _run.OutBytes);
        Assert.Equal(ExitCode.Done, await _run.Of("bundle", Image, "--format", "tlog-proof"));
        Assert.True(TlogProof.TryParse(_run.OutBytes, out var proof, out var error), error);
        Assert.True(proof.VerifyInclusion(_log.Entries[^1].Leaf.Span));
        Assert.Equal(ExitCode.Done, await _run.Of("bundle", Image, "--format", "sigstore"));
        Assert.Equal(_network.Genesis.Quorum, JsonDocument.Parse(_run.OutBytes).RootElement.GetProperty("verificationMaterial").GetProperty("tlogEntries").GetArrayLength());
    }

    [Fact]
    public async Task A_node_without_enough_log_signatures_gives_no_Sigstore_bundle()
    {
        _run.Node = request => request.RequestUri!.AbsolutePath.EndsWith("/signatures", StringComparison.Ordinal) ? CliRun.Json("{}", System.Net.HttpStatusCode.NotFound) : _node.Answer(request);
        Assert.Equal(ExitCode.NotFound, await _run.Of("bundle", Image, "--format", "sigstore"));
        Assert.Contains("(no-log-signatures)", _run.Error, StringComparison.Ordinal);
        Assert.Empty(_run.OutBytes);
    }

    [Fact]
    public async Task The_log_is_read_and_proven_by_itself()
    {
        for (var i = 0; i < 60; i++) _log.Notarize($"alpine:{i}", [Manifest], Manifest.Digest, nonce: $"{i}");
        Assert.Equal(ExitCode.Done, await _run.Of("log", "checkpoint"));
        Assert.Equal(_log.Publish().Note.ToString(), _run.Out);
        Assert.Equal(ExitCode.Done, await _run.Of("log", "entry", "0"));
        Assert.Equal("build-request", JsonDocument.Parse(_run.Out).RootElement.GetProperty("type").GetString());
        Assert.Equal(ExitCode.Done, await _run.Of("log", "entry", $"{_log.Entries.Count - 1}"));
        Assert.Equal(ExitCode.NotFound, await _run.Of("log", "entry", $"{_log.Entries.Count}"));
        foreach (var (from, to) in new[] { (1, 7), (6, 256), (7, 300), (256, _log.Entries.Count), (5, 5) })
            Assert.Equal(ExitCode.Done, await _run.Of("log", "consistency", $"{from}", $"{to}"));
        Assert.Equal(ExitCode.Usage, await _run.Of("log", "consistency", "7", "6"));
        foreach (var from in new[] { 0, 1, 256, 301, _log.Entries.Count }) Assert.Equal(ExitCode.Done, await _run.Of("log", "audit", "--from", $"{from}"));
    }

    [Theory]
    [InlineData("/log/tile/entries/")]
    [InlineData("/log/checkpoint")]
    public async Task An_audit_finds_a_bent_log(string route)
    {
        _node.Bend = (path, bytes) =>
        {
            if (path.StartsWith(route, StringComparison.Ordinal)) bytes[bytes.Length / 2] ^= 1;
            return bytes;
        };
        Assert.Equal(ExitCode.VerificationFailed, await _run.Of("log", "audit"));
    }
}
