using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;
using Pyrsia.Testing.Provenance;
using Xunit;

namespace Pyrsia.Tests.Node.Maven;

public sealed class MavenEndpointTests : IAsyncLifetime
{
    private const string Gav = "org.acme:lib:1.0";
    private const string Jar = "/maven2/org/acme/lib/1.0/lib-1.0.jar";

    private NodeFixture _node = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _node = await NodeFixture.StartAsync();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    private async Task<HttpStatusCode> StatusAsync(string path, params (string, string)[] headers)
    {
        using var answer = await _node.GetAsync(path, headers);
        return answer.StatusCode;
    }

    /// <summary>Sends bytes as they are, and reads what comes first.</summary>
    private async Task<string> RawAsync(string request)
    {
        using var socket = new TcpClient { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, _node.Http.BaseAddress!.Port, Cancel);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), Cancel);
        var buffer = new byte[8192];
        return Encoding.ASCII.GetString(buffer, 0, await stream.ReadAsync(buffer, Cancel));
    }

    [Fact]
    public async Task A_file_comes_byte_for_byte_with_tag_time_and_checksums_and_HEAD_says_the_same()
    {
        var files = await _node.LogMavenAsync(Gav);
        _node.Publish();
        var get = await _node.GetAsync(Jar);
        var bytes = await get.Content.ReadAsByteArrayAsync(Cancel);
        var head = await _node.SendAsync(HttpMethod.Head, Jar);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (get.StatusCode, head.StatusCode));
        Assert.Equal(files["jar"].Digest, Digest.Of(bytes));
        Assert.Empty(await head.Content.ReadAsByteArrayAsync(Cancel));
        Assert.Equal($"\"{files["jar"].Digest.Hex}\"", get.Headers.ETag!.Tag);
        Assert.Equal("public, max-age=31536000, immutable", string.Join(", ", get.Headers.GetValues("Cache-Control")));
#pragma warning disable CA5350, CA5351
        Assert.Equal(Convert.ToHexStringLower(SHA1.HashData(bytes)), get.Headers.GetValues("x-checksum-sha1").Single());
        Assert.Equal(Convert.ToHexStringLower(MD5.HashData(bytes)), get.Headers.GetValues("x-checksum-md5").Single());
#pragma warning restore CA5350, CA5351
        foreach (var answer in new[] { get, head })
        {
            Assert.Equal("application/java-archive", answer.Content.Headers.ContentType!.MediaType);
            Assert.Equal(bytes.Length, answer.Content.Headers.ContentLength);
            Assert.Equal(get.Content.Headers.LastModified, answer.Content.Headers.LastModified);
            Assert.Equal("bytes", answer.Headers.AcceptRanges.Single());
        }
        Assert.InRange(get.Content.Headers.LastModified!.Value.ToUnixTimeSeconds(), NodeFixture.CosignedAt - 200, NodeFixture.CosignedAt);
    }

    [Fact]
    public async Task Checksums_are_computed_from_the_verified_file()
    {
        var files = await _node.LogMavenAsync(Gav);
        _node.Publish();
        var bytes = await _node.Http.GetByteArrayAsync(Jar, Cancel);
#pragma warning disable CA5350, CA5351
        (string Ending, byte[] Sum)[] sums = [("md5", MD5.HashData(bytes)), ("sha1", SHA1.HashData(bytes)), ("sha256", files["jar"].Digest.Bytes.ToArray()), ("sha512", SHA512.HashData(bytes))];
#pragma warning restore CA5350, CA5351
        foreach (var (ending, sum) in sums) Assert.Equal(Convert.ToHexStringLower(sum), await _node.Http.GetStringAsync($"{Jar}.{ending}", Cancel));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync("/maven2/org/acme/lib/1.0/lib-1.0-javadoc.jar.sha1"));
    }

    [Fact]
    public async Task Ranges_and_conditions_are_honoured()
    {
        await _node.LogMavenAsync(Gav, jar: Encoding.ASCII.GetBytes("0123456789"));
        _node.Publish();
        var whole = await _node.GetAsync(Jar);
        var (tag, modified) = (whole.Headers.ETag!.ToString(), whole.Content.Headers.LastModified!.Value);
        string Time(int seconds) => modified.AddSeconds(seconds).ToString("R", CultureInfo.InvariantCulture);

        var part = await _node.GetAsync(Jar, ("Range", "bytes=4-"), ("If-Unmodified-Since", Time(0)), ("Accept-Encoding", "identity"));
        Assert.Equal((HttpStatusCode.PartialContent, "456789", "bytes 4-9/10"), (part.StatusCode, await part.Content.ReadAsStringAsync(Cancel), part.Content.Headers.ContentRange!.ToString()));
        var beyond = await _node.GetAsync(Jar, ("Range", "bytes=10-"));
        Assert.Equal((HttpStatusCode.RequestedRangeNotSatisfiable, "bytes */10"), (beyond.StatusCode, beyond.Content.Headers.ContentRange!.ToString()));
        Assert.Equal(HttpStatusCode.PreconditionFailed, await StatusAsync(Jar, ("Range", "bytes=4-"), ("If-Unmodified-Since", Time(-1))));
        Assert.Equal(HttpStatusCode.PreconditionFailed, await StatusAsync(Jar, ("If-Match", "\"other\"")));
        Assert.Equal(HttpStatusCode.NotModified, await StatusAsync(Jar, ("If-None-Match", tag)));
        Assert.Equal(HttpStatusCode.NotModified, await StatusAsync(Jar, ("If-None-Match", $"\"x\", W/{tag}")));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(Jar, ("If-None-Match", "\"other\""), ("If-Modified-Since", Time(0))));
        Assert.Equal(HttpStatusCode.NotModified, await StatusAsync(Jar, ("If-Modified-Since", Time(0))));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(Jar, ("If-Modified-Since", Time(-1))));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(Jar, ("Range", "bytes=4-"), ("If-Range", "\"other\"")));
        Assert.Equal(HttpStatusCode.PartialContent, await StatusAsync(Jar, ("Range", "bytes=4-"), ("If-Range", tag)));
    }

    [Fact]
    public async Task Metadata_of_an_artifact_lists_its_versions_in_mavens_order_with_stable_bytes()
    {
        foreach (var version in new[] { "1.10", "1.9", "2.0-rc1", "1.10-SNAPSHOT" }) await _node.LogMavenAsync($"org.acme:lib:{version}");
        _node.Publish();
        const string path = "/maven2/org/acme/lib/maven-metadata.xml";
        var answer = await _node.GetAsync(path);
        var xml = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.Contains("<groupId>org.acme</groupId>\n  <artifactId>lib</artifactId>", xml, StringComparison.Ordinal);
        Assert.Contains("<latest>2.0-rc1</latest>\n    <release>2.0-rc1</release>", xml, StringComparison.Ordinal);
        var at = new[] { "1.9", "1.10-SNAPSHOT", "1.10", "2.0-rc1" }.Select(version => xml.IndexOf($"<version>{version}</version>", StringComparison.Ordinal)).ToArray();
        Assert.True(at[0] > 0 && at.SequenceEqual(at.Order()), xml);
        Assert.Matches("<lastUpdated>2025[0-9]{10}</lastUpdated>", xml);
        Assert.Equal("no-store", answer.Headers.CacheControl!.ToString());
        Assert.Equal(xml, await _node.Http.GetStringAsync(path, Cancel));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(xml))), await _node.Http.GetStringAsync(path + ".sha256", Cancel));
    }

    [Fact]
    public async Task Metadata_of_a_group_names_its_plugins_by_their_own_word_or_by_convention()
    {
        static string Pom(string packaging) => $"<project><name>N</name><packaging>{packaging}</packaging></project>";
        using var jar = new MemoryStream();
        using (var zip = new System.IO.Compression.ZipArchive(jar, System.IO.Compression.ZipArchiveMode.Create, leaveOpen: true))
        await using (var entry = zip.CreateEntry("META-INF/maven/plugin.xml").Open())
        {
            await entry.WriteAsync("<plugin><goalPrefix>shiny</goalPrefix></plugin>"u8.ToArray(), Cancel);
        }
        await _node.LogMavenAsync("org.acme:odd-name:1", Pom("maven-plugin"), jar.ToArray());
        await _node.LogMavenAsync("org.acme:maven-usual-plugin:1", Pom("maven-plugin"));
        await _node.LogMavenAsync("org.acme:maven-notone-plugin:1", Pom("jar"));
        _node.Publish();
        var xml = await _node.Http.GetStringAsync("/maven2/org/acme/maven-metadata.xml", Cancel);
        Assert.Contains("<prefix>shiny</prefix>\n      <artifactId>odd-name</artifactId>", xml, StringComparison.Ordinal);
        Assert.Contains("<prefix>usual</prefix>\n      <artifactId>maven-usual-plugin</artifactId>", xml, StringComparison.Ordinal);
        Assert.DoesNotContain("notone", xml, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_snapshot_is_the_newest_build_and_its_metadata_says_which()
    {
        const string directory = "/maven2/org/acme/lib/2-SNAPSHOT/";
        await _node.LogMavenAsync("org.acme:lib:2-SNAPSHOT", build: "2-20261121.065219-1");
        await _node.LogMavenAsync("org.acme:lib:2-SNAPSHOT", build: "2-20261122.010203-2", variants: "sources.jar");
        _node.Publish();
        Assert.Equal("jar of org.acme:lib:2-SNAPSHOT 2-20261122.010203-2", await _node.Http.GetStringAsync(directory + "lib-2-SNAPSHOT.jar", Cancel));
        Assert.Equal("jar of org.acme:lib:2-SNAPSHOT 2-20261121.065219-1", await _node.Http.GetStringAsync(directory + "lib-2-20261121.065219-1.jar", Cancel));
        var xml = await _node.Http.GetStringAsync(directory + "maven-metadata.xml", Cancel);
        Assert.Contains("<timestamp>20261122.010203</timestamp>\n      <buildNumber>2</buildNumber>", xml, StringComparison.Ordinal);
        Assert.Contains("<classifier>sources</classifier>\n        <extension>jar</extension>\n        <value>2-20261122.010203-2</value>\n        <updated>20261122010203</updated>", xml, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_release_is_what_was_logged_first()
    {
        var first = await _node.LogMavenAsync(Gav, variants: "sources.jar");
        await _node.LogMavenAsync(Gav, jar: "something else"u8.ToArray(), variants: "javadoc.jar");
        _node.Publish();
        Assert.Equal(first["jar"].Digest, Digest.Of(await _node.Http.GetByteArrayAsync(Jar, Cancel)));
        Assert.Equal($"sources.jar of {Gav} ", await _node.Http.GetStringAsync("/maven2/org/acme/lib/1.0/lib-1.0-sources.jar", Cancel));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync("/maven2/org/acme/lib/1.0/lib-1.0-javadoc.jar"));
    }

    [Fact]
    public async Task Absent_is_only_what_a_young_log_says()
    {
        await _node.LogMavenAsync(Gav);
        _node.Publish();
        const string absent = "/maven2/org/acme/lib/1.1/lib-1.1.jar", metadata = "/maven2/org/acme/lib/maven-metadata.xml";
        using var missing = await _node.GetAsync(absent);
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
        Assert.Contains("pyrsia build maven --gav org.acme:lib:1.1", await missing.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync("/maven2/archetype-catalog.xml"));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync("/maven2/org/none/maven-metadata.xml"));

        _node.Clock.Advance(TimeSpan.FromDays(2));
        foreach (var path in new[] { absent, metadata })
        {
            using var stale = await _node.GetAsync(path);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, stale.StatusCode);
            Assert.Equal(TimeSpan.FromSeconds(2), stale.Headers.RetryAfter!.Delta);
        }
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(Jar));
    }

    [Fact]
    public async Task What_the_authorities_work_on_is_not_absent_and_what_they_differ_on_is_refused()
    {
        var request = _node.Network.MavenRequest("org.acme:open:1", Digest.Of("x"u8));
        _node.Log.Block(1, request);
        var differing = _node.Network.MavenRequest("org.acme:odd:1", Digest.Of("jar"u8));
        var (_, verdict) = _node.Log.Conclude(
            differing,
            i => _node.Network.MavenAnswer(differing, i, [TestLog.Output("jar") with { Name = "org/acme/odd/1/odd-1.jar" }, TestLog.Output($"pom {i}") with { Name = "org/acme/odd/1/odd-1.pom" }]),
            _node.Network.Genesis.Quorum);
        Assert.Equal(EntryType.Nonreproducible, verdict.Type);
        _node.Publish();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync("/maven2/org/acme/open/1/open-1.pom"));
        using var refused = await _node.GetAsync("/maven2/org/acme/odd/1/odd-1.pom");
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Contains("differing results", await refused.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_version_whose_proof_does_not_hold_is_refused_and_not_named()
    {
        await _node.LogMavenAsync(Gav);
        _node.Gate.Refused[_node.Log.Entries.Count - 1] = "the quorum is missing";
        await _node.LogMavenAsync("org.acme:lib:0.9");
        _node.Publish();
        foreach (var path in new[] { Jar, Jar + ".sha1" })
        {
            using var refused = await _node.GetAsync(path);
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
            Assert.Contains("the quorum is missing", await refused.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        }
        Assert.Contains("<latest>0.9</latest>", await _node.Http.GetStringAsync("/maven2/org/acme/lib/maven-metadata.xml", Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Content_that_nobody_brings_or_whose_file_is_damaged_is_trouble_that_may_pass()
    {
        var files = await _node.LogMavenAsync(Gav, jar: RandomNumberGenerator.GetBytes(1000));
        _node.Publish();
        var blob = _node.BlobOf(files["jar"].Digest);
        var bytes = await File.ReadAllBytesAsync(blob, Cancel);
        bytes[500] ^= 1;
        await File.WriteAllBytesAsync(blob, bytes, Cancel);
        foreach (var path in new[] { Jar, Jar + ".sha1", Jar })
        {
            using var answer = await _node.GetAsync(path);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.NotNull(answer.Headers.RetryAfter);
            Assert.Equal("text/plain", answer.Content.Headers.ContentType!.MediaType);
        }
    }

    [Fact]
    public async Task Without_a_network_file_or_a_checkpoint_nothing_is_absent()
    {
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(Jar));
        await using var bare = await NodeFixture.StartAsync(withNetwork: false);
        using var answer = await bare.GetAsync(Jar);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("network file", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/maven2/org/acme/../lib/1.0/lib-1.0.jar")]
    [InlineData("/maven2/org/acme/%2e%2e/lib/1.0/lib-1.0.jar")]
    [InlineData("/maven2/org//acme/lib/1.0/lib-1.0.jar")]
    [InlineData("/maven2/org%2Facme/lib/1.0/lib-1.0.jar")]
    [InlineData("/maven2/org/acme/lib/1.0/lib-1.0.jar%00")]
    public async Task A_climbing_or_disguised_path_is_refused_as_it_was_sent(string path) =>
        Assert.StartsWith("HTTP/1.1 400 ", await RawAsync($"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"), StringComparison.Ordinal);

    [Theory]
    [InlineData("PUT")]
    [InlineData("POST")]
    [InlineData("DELETE")]
    public async Task A_deployment_is_refused_at_once_and_not_asked_for_its_body(string method)
    {
        var said = await RawAsync($"{method} {Jar} HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 100000\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 405 ", said, StringComparison.Ordinal);
        Assert.Contains("\r\nAllow: GET, HEAD\r\n", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Header_and_body_of_a_small_file_leave_in_one_segment()
    {
        await _node.LogMavenAsync(Gav);
        _node.Publish();
        await StatusAsync(Jar);
        Assert.EndsWith($"\r\n\r\njar of {Gav} ", await RawAsync($"GET {Jar} HTTP/1.1\r\nHost: localhost\r\n\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inspecting_a_version_lists_its_entries()
    {
        await _node.LogMavenAsync(Gav);
        _node.Publish();
        using var answer = await _node.Http.PostAsync("/inspect/maven", new StringContent($$"""{"gav":"{{Gav}}","latest":true}""", Encoding.UTF8, "application/json"), Cancel);
        var entry = System.Text.Json.Nodes.JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!.AsArray().Single()!;
        Assert.Equal(("verified", "Maven2", Gav), ((string)entry["type"]!, (string)entry["package_type"]!, (string)entry["package_specific_id"]!));
        using var wrong = await _node.Http.PostAsync("/inspect/maven", new StringContent("""{"gav":"a:b"}""", Encoding.UTF8, "application/json"), Cancel);
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
    }
}
