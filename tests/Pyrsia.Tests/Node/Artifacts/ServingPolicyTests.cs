using System.Net;
using System.Text.Json.Nodes;
using Pyrsia.Contracts;
using Pyrsia.Node.Artifacts;
using Pyrsia.Provenance.Entries;
using Xunit;

namespace Pyrsia.Tests.Node.Artifacts;

public sealed class ServingPolicyTests
{
    private const string Odd = "org.acme:odd:1";
    private const string OddPom = "/maven2/org/acme/odd/1/odd-1.pom";
    private const string OddImage = "docker:docker.io/library/odd:1";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static Task<NodeFixture> StartAsync(PolicyMode mode, params string[] allow) => NodeFixture.StartAsync(change: options => options with { Policy = mode, Allow = allow });

    private static string? Header(HttpResponseMessage answer) => answer.Headers.TryGetValues("Pyrsia-Policy", out var values) ? values.Single() : null;

    /// <summary>Logs an image whose layer each builder sees another of.</summary>
    private static async Task<(ArtifactOutput Manifest, ArtifactOutput[] Layers)> LogDifferingImageAsync(NodeFixture node)
    {
        var manifest = await node.HoldAsync("""{"schemaVersion":2}""", MediaTypes.OciManifest);
        var layers = new List<ArtifactOutput>();
        for (var i = 0; i < node.Network.Genesis.Quorum; i++) layers.Add(await node.HoldAsync($"layer {i}", MediaTypes.OciLayerGzip));
        var request = node.Network.Request("library/odd:1", manifest.Digest);
        node.Log.Conclude(request, i => node.Network.Answer(request, i, [manifest, layers[i]]), layers.Count);
        return (manifest, [.. layers]);
    }

    [Fact]
    public async Task What_the_authorities_differ_on_is_refused_with_the_option_that_would_allow_it()
    {
        await using var node = await StartAsync(PolicyMode.Enforce, "maven:org.acme:odd:2", "docker:docker.io/library/odd:2");
        await node.LogDifferingMavenAsync(Odd);
        var (manifest, layers) = await LogDifferingImageAsync(node);
        node.Publish();
        using var file = await node.GetAsync(OddPom);
        var message = await file.Content.ReadAsStringAsync(Cancel);
        Assert.Equal(HttpStatusCode.Forbidden, file.StatusCode);
        Assert.Contains("differing results", message, StringComparison.Ordinal);
        Assert.Contains("--allow maven:org.acme:odd:1", message, StringComparison.Ordinal);
        foreach (var path in new[] { "manifests/1", $"manifests/{manifest.Digest}", $"blobs/{layers[0].Digest}" })
        {
            using var answer = await node.GetAsync($"/v2/library/odd/{path}");
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
            Assert.Contains("--allow docker:docker.io/library/odd:1", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_allowed_version_answers_with_the_result_that_was_logged_first_and_is_named_nowhere()
    {
        await using var node = await StartAsync(PolicyMode.Enforce, "maven:" + Odd);
        var seen = await node.LogDifferingMavenAsync(Odd);
        await node.LogDifferingMavenAsync("org.acme:odd:2");
        await node.LogMavenAsync("org.acme:odd:0.9");
        node.Publish();
        using var answer = await node.GetAsync(OddPom);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(seen[0][1].Digest, Digest.Of(await answer.Content.ReadAsByteArrayAsync(Cancel)));
        Assert.StartsWith("allow; reason=\"the authorities got differing results", Header(answer), StringComparison.Ordinal);
        Assert.Equal("no-store", answer.Headers.CacheControl!.ToString());
        Assert.Equal(seen[0][1].Digest.Hex, await node.Http.GetStringAsync(OddPom + ".sha256", Cancel));
        using var otherVersion = await node.GetAsync("/maven2/org/acme/odd/2/odd-2.pom");
        using var otherFile = await node.GetAsync("/maven2/org/acme/odd/1/odd-1-sources.jar");
        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.NotFound), (otherVersion.StatusCode, otherFile.StatusCode));
        Assert.DoesNotContain("<version>1</version>", await node.Http.GetStringAsync("/maven2/org/acme/odd/maven-metadata.xml", Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_allowed_image_is_pulled_by_tag_and_its_blobs_by_digest_and_no_other_result_of_it()
    {
        await using var node = await StartAsync(PolicyMode.Enforce, OddImage);
        var (manifest, layers) = await LogDifferingImageAsync(node);
        node.Publish();
        foreach (var (path, output) in new[] { ("manifests/1", manifest), ($"manifests/{manifest.Digest}", manifest), ($"blobs/{layers[0].Digest}", layers[0]) })
        {
            using var answer = await node.GetAsync($"/v2/library/odd/{path}");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal(output.Digest, Digest.Of(await answer.Content.ReadAsByteArrayAsync(Cancel)));
            Assert.StartsWith("allow; ", Header(answer), StringComparison.Ordinal);
        }
        using var other = await node.GetAsync($"/v2/library/odd/blobs/{layers[1].Digest}");
        Assert.Equal(HttpStatusCode.NotFound, other.StatusCode);
        node.Clock.Advance(node.Network.File.MaxTagAge);
        using var stale = await node.GetAsync("/v2/library/odd/manifests/1");
        Assert.Equal(HttpStatusCode.NotFound, stale.StatusCode);
    }

    [Fact]
    public async Task What_too_few_answered_for_in_time_is_refused_and_can_be_allowed()
    {
        await using var node = await StartAsync(PolicyMode.Enforce, "maven:org.acme:late:1");
        foreach (var gav in new[] { "org.acme:late:1", "org.acme:late:2" })
        {
            var version = gav.Split(':')[2];
            var jar = await node.HoldAsync($"jar of {gav}", "application/java-archive") with { Name = $"org/acme/late/{version}/late-{version}.jar" };
            var request = node.Network.MavenRequest(gav, jar.Digest);
            node.Log.Block(1, request);
            var answers = Enumerable.Range(0, node.Network.Genesis.Quorum).Select(i => node.Network.MavenAnswer(request, i, [jar])).ToArray();
            node.Log.Block(1, [.. answers.Select(a => a.Commitment)]);
            node.Log.Block(1, answers[0].Result);
            while (node.Log.Entries[^1] is not VerdictEntry) node.Log.Block(100);
            Assert.Equal(EntryType.Unverified, node.Log.Entries[^1].Type);
        }
        node.Publish();
        using var allowed = await node.GetAsync("/maven2/org/acme/late/1/late-1.jar");
        using var refused = await node.GetAsync("/maven2/org/acme/late/2/late-2.jar");
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Forbidden), (allowed.StatusCode, refused.StatusCode));
        Assert.Contains("could not verify maven:org.acme:late:2: unverified", await refused.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_verified_later_takes_the_place_of_what_was_allowed()
    {
        await using var node = await StartAsync(PolicyMode.Enforce, "maven:" + Odd);
        await node.LogDifferingMavenAsync(Odd);
        var files = await node.LogMavenAsync(Odd, pom: "<project>verified</project>");
        node.Publish();
        using var answer = await node.GetAsync(OddPom);
        Assert.Equal(files["pom"].Digest, Digest.Of(await answer.Content.ReadAsByteArrayAsync(Cancel)));
        Assert.Null(Header(answer));
    }

    [Fact]
    public async Task An_allowed_version_whose_proof_does_not_hold_is_refused_by_enforce_and_told_by_warn()
    {
        foreach (var (mode, status) in new[] { (PolicyMode.Enforce, HttpStatusCode.Forbidden), (PolicyMode.Warn, HttpStatusCode.OK), (PolicyMode.Off, HttpStatusCode.OK) })
        {
            await using var node = await StartAsync(mode, "maven:" + Odd);
            await node.LogDifferingMavenAsync(Odd);
            node.Gate.Refused[node.Log.Entries.Count - 1] = "a \"signature\" is wrong";
            node.Publish();
            using var answer = await node.GetAsync(OddPom);
            Assert.Equal(status, answer.StatusCode);
            Assert.Equal(mode == PolicyMode.Warn ? "warn; reason=\"a 'signature' is wrong\"" : null, Header(answer));
        }
    }

    [Fact]
    public async Task Warn_serves_what_the_gate_refuses_and_says_so_and_off_does_not_ask_it()
    {
        foreach (var mode in new[] { PolicyMode.Enforce, PolicyMode.Warn, PolicyMode.Off })
        {
            await using var node = await StartAsync(mode);
            var files = await node.LogMavenAsync("org.acme:lib:1.0");
            node.Gate.Refused[node.Log.Entries.Count - 1] = "the quorum is missing";
            await node.LogDifferingMavenAsync(Odd);
            node.Publish();
            var served = mode != PolicyMode.Enforce;
            using var jar = await node.GetAsync("/maven2/org/acme/lib/1.0/lib-1.0.jar");
            using var blob = await node.GetAsync($"/v2/x/blobs/{files["jar"].Digest}");
            using var odd = await node.GetAsync(OddPom);
            Assert.Equal(served ? (HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.OK) : (HttpStatusCode.Forbidden, HttpStatusCode.NotFound, HttpStatusCode.Forbidden), (jar.StatusCode, blob.StatusCode, odd.StatusCode));
            Assert.Equal(mode == PolicyMode.Warn ? "warn; reason=\"the quorum is missing\"" : null, Header(jar));
            Assert.Equal(Header(jar), Header(blob));
            Assert.Equal(mode == PolicyMode.Warn, Header(odd)?.StartsWith("warn; reason=\"the authorities got differing results", StringComparison.Ordinal) ?? false);
            if (!served) Assert.Contains("--policy warn", await jar.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task No_policy_serves_damaged_bytes()
    {
        await using var node = await StartAsync(PolicyMode.Off);
        var seen = await node.LogDifferingMavenAsync(Odd);
        node.Publish();
        await File.WriteAllTextAsync(node.BlobOf(seen[0][1].Digest), "pom X of org.acme:odd:1", Cancel);
        using var answer = await node.GetAsync(OddPom);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
    }

    [Fact]
    public async Task No_policy_serves_what_conflicts_with_an_earlier_answer()
    {
        await using var node = await StartAsync(PolicyMode.Off, "maven:org.acme:lib:1.0");
        var first = await node.LogMavenAsync("org.acme:lib:1.0", jar: [1]);
        var second = await node.LogMavenAsync("org.acme:lib:1.0", jar: [2], pom: "<project>2</project>");
        Assert.NotNull(Assert.IsType<VerdictEntry>(node.Log.Entries[^1]).Verdict.ConflictsWith);
        node.Publish();
        Assert.Equal([1], await node.Http.GetByteArrayAsync("/maven2/org/acme/lib/1.0/lib-1.0.jar", Cancel));
        using var served = await node.GetAsync($"/v2/x/blobs/{first["jar"].Digest}");
        using var refused = await node.GetAsync($"/v2/x/blobs/{second["jar"].Digest}");
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NotFound), (served.StatusCode, refused.StatusCode));
    }

    [Fact]
    public async Task The_status_says_the_policy()
    {
        await using var node = await StartAsync(PolicyMode.Warn, OddImage);
        var policy = JsonNode.Parse(await node.Http.GetStringAsync("/status", Cancel))!["policy"]!;
        Assert.Equal(("warn", OddImage), ((string)policy["mode"]!, (string)policy["allow"]!.AsArray().Single()!));
    }
}
