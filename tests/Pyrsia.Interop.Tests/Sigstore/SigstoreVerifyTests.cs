using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Pyrsia.Provenance.Attestations;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Merkle;
using Pyrsia.Provenance.Network;
using Pyrsia.Testing.Provenance;
using Xunit;

namespace Pyrsia.Interop.Tests.Sigstore;

/// <summary>Our export against the unmodified @sigstore/verify that package.json pins (4.1.3 or later). Needs <c>npm ci</c> in tests/js.</summary>
public sealed class SigstoreVerifyTests : IDisposable
{
    private readonly TestNetwork _network = new(naming: [new NamingRule("docker:", ArtifactKind.Notarized), new NamingRule("maven:", ArtifactKind.Notarized)]);
    private readonly TestLog _log;
    private readonly SignedEntry _result;
    private readonly string _folder = Directory.CreateTempSubdirectory("pyrsia-sigstore-").FullName;

    public SigstoreVerifyTests()
    {
        _log = new TestLog(_network);
        var manifest = TestLog.Output("manifest");
        var (_, verdict) = _log.Notarize("alpine:3.16", [manifest, TestLog.Output("layer")], manifest.Digest);
        _result = (SignedEntry)_log.Entries[(int)verdict.Verdict.Agreeing[0].Index];
    }

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        _network.Dispose();
    }

    private byte[]? Export(params int[] authorities) => Export(_result, authorities);

    private byte[]? Export(SignedEntry result, params int[] authorities) => Export(_network, _log, result, authorities);

    private static byte[]? Export(TestNetwork network, TestLog log, SignedEntry result, params int[] authorities)
    {
        var index = log.Entries.IndexOf(result);
        var checkpoint = log.Checkpoint();
        return SigstoreExport.Bundle(
            network.Genesis.Set, result, index, MerkleProof.Inclusion(log.Reader, index, checkpoint.Size), checkpoint, network.Sign(checkpoint, 1_750_000_000, authorities));
    }

    private Task<string> VerifyAsync(byte[] bundle, int threshold) => VerifyAsync(_network, bundle, threshold);

    private async Task<string> VerifyAsync(TestNetwork network, byte[] bundle, int threshold)
    {
        var js = FindJs();
        await File.WriteAllBytesAsync(Path.Combine(_folder, "bundle.json"), bundle, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(Path.Combine(_folder, "root.json"), SigstoreExport.TrustedRoot(network.Genesis.Set), TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(Path.Combine(_folder, "keys.json"), SigstoreExport.BuilderKeys(network.Genesis), TestContext.Current.CancellationToken);
        var start = new ProcessStartInfo(Path.Combine(js, "node_modules", ".bin", "node")) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in new[] { Path.Combine(js, "sigstore-verify.mjs"), Path.Combine(_folder, "bundle.json"), Path.Combine(_folder, "root.json"), Path.Combine(_folder, "keys.json"), $"{threshold}" })
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return output + await errors;
    }

    private static string FindJs()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var js = Path.Combine(folder.FullName, "tests", "js");
            if (File.Exists(Path.Combine(js, "package.json")))
                return js;
        }

        throw new DirectoryNotFoundException("tests/js is not above the test's folder");
    }

    [Fact]
    public async Task A_bundle_with_the_quorum_of_the_authorities_is_accepted() =>
        Assert.StartsWith("accepted", await VerifyAsync(Export(0, 1, 2, 3)!, _network.Genesis.Quorum), StringComparison.Ordinal);

    [Fact]
    public async Task The_bundle_beside_a_Maven_file_is_accepted()
    {
        var jar = TestLog.Output("jar", "application/java-archive") with { Name = "org/acme/lib/1.0/lib-1.0.jar" };
        var (_, verdict) = _log.NotarizeMaven("org.acme:lib:1.0", [jar], jar.Digest);
        var result = (SignedEntry)_log.Entries[(int)verdict.Verdict.Agreeing[1].Index];
        Assert.StartsWith("accepted", await VerifyAsync(Export(result, 1, 2, 3)!, _network.Genesis.Quorum), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_provenance_of_a_Maven_artifact_that_was_built_from_source_is_accepted_and_not_for_another_source()
    {
        using var network = new TestNetwork(naming: [new NamingRule("maven:", ArtifactKind.Built)]);
        var (log, builds, threshold) = (new TestLog(network), new SourceBuilds(network), network.Genesis.Threshold);
        log.Block(1, builds.Map());
        var request = builds.Request();
        log.Block(1, request);
        log.Block(1, [.. Enumerable.Range(0, threshold).Select(i => builds.Plan(request, i))]);
        var answers = Enumerable.Range(0, network.Genesis.Quorum).Select(i => builds.Answer(request, i)).ToArray();
        log.Block(1, [.. answers.Select(a => a.Commitment)]);
        Assert.Equal(EntryType.Verified, log.Block(1, [.. answers.Take(threshold).Select(a => a.Result)]).Single().Type);

        var bundle = Export(network, log, answers[0].Result, 0, 1, 2)!;
        Assert.StartsWith("accepted", await VerifyAsync(network, bundle, network.Genesis.Quorum), StringComparison.Ordinal);
        var other = JsonNode.Parse(bundle)!;
        var statement = Encoding.UTF8.GetString(Convert.FromBase64String((string)other["dsseEnvelope"]!["payload"]!));
        Assert.Contains(SourceBuilds.Source.Revision, statement, StringComparison.Ordinal);
        other["dsseEnvelope"]!["payload"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(statement.Replace(SourceBuilds.Source.Revision, new string('b', SourceBuilds.Source.Revision.Length), StringComparison.Ordinal)));
        Assert.Contains("rejected", await VerifyAsync(network, Encoding.UTF8.GetBytes(other.ToJsonString()), network.Genesis.Quorum), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_entry_less_than_the_quorum_is_rejected()
    {
        Assert.Null(Export(0, 2));
        var bundle = JsonNode.Parse(Export(0, 1, 2)!)!;
        bundle["verificationMaterial"]!["tlogEntries"]!.AsArray().RemoveAt(2);
        Assert.Contains("expected 3 tlog entries, got 2", await VerifyAsync(Encoding.UTF8.GetBytes(bundle.ToJsonString()), 3), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_authority_named_twice_is_rejected()
    {
        var bundle = JsonNode.Parse(Export(0, 1, 2)!)!;
        var entries = bundle["verificationMaterial"]!["tlogEntries"]!.AsArray();
        entries[2] = entries[1]!.DeepClone();
        Assert.Contains("duplicate tlog entry", await VerifyAsync(Encoding.UTF8.GetBytes(bundle.ToJsonString()), 3), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_authority_that_did_not_sign_is_rejected()
    {
        var bundle = JsonNode.Parse(Export(0, 1, 2)!)!;
        var silent = Convert.ToBase64String(_network.Genesis.Authorities[3].Log.KeyHash.Span);
        bundle["verificationMaterial"]!["tlogEntries"]![2]!["logId"]!["keyId"] = silent;
        Assert.Contains("rejected", await VerifyAsync(Encoding.UTF8.GetBytes(bundle.ToJsonString()), 3), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tampered_payload_is_rejected()
    {
        var bundle = JsonNode.Parse(Export(0, 1, 2)!)!;
        var payload = Convert.FromBase64String((string)bundle["dsseEnvelope"]!["payload"]!);
        payload[20] ^= 1;
        bundle["dsseEnvelope"]!["payload"] = Convert.ToBase64String(payload);
        Assert.Contains("rejected", await VerifyAsync(Encoding.UTF8.GetBytes(bundle.ToJsonString()), 3), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tampered_log_entry_is_rejected()
    {
        var bundle = JsonNode.Parse(Export(0, 1, 2)!)!;
        var entry = bundle["verificationMaterial"]!["tlogEntries"]![1]!;
        entry["inclusionProof"]!["logIndex"] = "0";
        Assert.Contains("TLOG_INCLUSION_PROOF_ERROR", await VerifyAsync(Encoding.UTF8.GetBytes(bundle.ToJsonString()), 3), StringComparison.Ordinal);
    }
}
