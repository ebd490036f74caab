using System.Net;
using System.Text.Json.Nodes;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Verification;
using Xunit;

namespace Pyrsia.Tests.Node.Maven;

public sealed class MavenAttestationTests : IAsyncLifetime
{
    private const string Gav = "org.acme:lib:1.0";
    private const string Folder = "/maven2/org/acme/lib/1.0/";

    private NodeFixture _node = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _node = await NodeFixture.StartAsync();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    private async Task<HttpStatusCode> StatusAsync(string path, params (string, string)[] headers)
    {
        using var answer = await _node.GetAsync(Folder + path, headers);
        return answer.StatusCode;
    }

    private static string Builder(JsonNode sigstore)
    {
        var payload = JsonNode.Parse(Convert.FromBase64String((string)sigstore["dsseEnvelope"]!["payload"]!))!;
        return ((string)payload["predicate"]!["runDetails"]!["builder"]!["id"]!).Split('/')[^1];
    }

    [Fact]
    public async Task The_portable_bundle_stands_beside_each_file_and_is_about_it()
    {
        var files = await _node.LogMavenAsync(Gav, variants: "sources.jar");
        _node.Publish();
        foreach (var (name, variant) in new[] { ("lib-1.0.jar", "jar"), ("lib-1.0.pom", "pom"), ("lib-1.0-sources.jar", "sources.jar") })
        {
            using var answer = await _node.GetAsync($"{Folder}{name}.pyrsia.json");
            var bytes = await answer.Content.ReadAsByteArrayAsync(Cancel);
            Assert.Equal(ProvenanceBundle.MediaType, answer.Content.Headers.ContentType!.MediaType);
            Assert.Equal($"\"{Digest.Of(bytes).Hex}\"", answer.Headers.ETag!.Tag);
            Assert.Equal("no-store", answer.Headers.CacheControl!.ToString());
            Assert.Equal(NodeFixture.CosignedAt, answer.Content.Headers.LastModified!.Value.ToUnixTimeSeconds(), 3.0);
            Assert.True(ProvenanceVerifier.Verify(bytes, _node.Network.File, new VerificationOptions { Coordinate = "maven:" + Gav, Digest = files[variant].Digest }).Passed);
            Assert.Equal(HttpStatusCode.NotModified, await StatusAsync($"{name}.pyrsia.json", ("If-None-Match", answer.Headers.ETag.Tag)));
            Assert.Equal(HttpStatusCode.PartialContent, await StatusAsync($"{name}.pyrsia.json", ("Range", "bytes=0-9")));
            Assert.Equal(Digest.Of(bytes).Hex, await _node.Http.GetStringAsync($"{Folder}{name}.pyrsia.json.sha256", Cancel));
        }
        Assert.DoesNotContain("pyrsia.json", await _node.Http.GetStringAsync("/maven2/org/acme/lib/maven-metadata.xml", Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_Sigstore_bundle_is_that_of_the_first_builder_or_of_the_one_that_is_named()
    {
        await _node.LogMavenAsync(Gav);
        var agreeing = ((VerdictEntry)_node.Log.Entries[^1]).Verdict.Agreeing;
        _node.Publish(logSignatures: [0, 1, 2]);
        foreach (var (infix, builder) in new[] { ("", agreeing[0].Name), ($".{agreeing[1].Name}", agreeing[1].Name) })
        {
            using var answer = await _node.GetAsync($"{Folder}lib-1.0.jar{infix}.sigstore.json");
            Assert.Equal("application/vnd.dev.sigstore.bundle.v0.3+json", answer.Content.Headers.ContentType!.MediaType);
            var bundle = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!;
            Assert.Equal(builder, Builder(bundle));
            Assert.Equal(_node.Network.Genesis.Quorum, bundle["verificationMaterial"]!["tlogEntries"]!.AsArray().Count);
        }
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync("lib-1.0.jar.nobody.sigstore.json"));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync("lib-1.0.war.sigstore.json"));
    }

    [Fact]
    public async Task Without_a_quorum_of_log_signatures_a_Sigstore_bundle_is_trouble_that_may_pass()
    {
        await _node.LogMavenAsync(Gav);
        _node.Publish(logSignatures: [0, 1]);
        using var answer = await _node.GetAsync($"{Folder}lib-1.0.jar.sigstore.json");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("too few log signatures", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("lib-1.0.jar.pyrsia.json"));
    }

    [Fact]
    public async Task What_was_not_verified_has_no_proof()
    {
        await _node.LogDifferingMavenAsync("org.acme:odd:1");
        _node.Publish(logSignatures: [0, 1, 2]);
        foreach (var ending in new[] { "pyrsia.json", "sigstore.json", "a0.sigstore.json" })
        {
            using var answer = await _node.GetAsync($"/maven2/org/acme/odd/1/odd-1.pom.{ending}");
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }
    }

    [Fact]
    public async Task A_file_that_the_log_has_under_such_a_name_goes_before()
    {
        var files = await _node.LogMavenAsync(Gav, variants: ["sources.jar", "sources.jar.sigstore.json"]);
        _node.Publish(logSignatures: [0, 1, 2]);
        Assert.Equal(files["sources.jar.sigstore.json"].Digest, Digest.Of(await _node.Http.GetByteArrayAsync($"{Folder}lib-1.0-sources.jar.sigstore.json", Cancel)));
    }
}
