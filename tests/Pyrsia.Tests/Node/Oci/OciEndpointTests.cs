using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Pyrsia.Contracts;
using Xunit;

namespace Pyrsia.Tests.Node.Oci;

public sealed class OciEndpointTests : IAsyncLifetime
{
    private static readonly string[] Compared = ["Docker-Content-Digest", "ETag", "Accept-Ranges", "Docker-Distribution-API-Version"];

    private NodeFixture _node = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _node = await NodeFixture.StartAsync();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    private static async Task<JsonNode> ErrorAsync(HttpResponseMessage answer)
    {
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.MediaType);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!["errors"]![0]!;
    }

    [Fact]
    public async Task The_ping_says_that_a_registry_answers()
    {
        var answer = await _node.GetAsync("/v2/");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("registry/2.0", answer.Headers.GetValues("Docker-Distribution-API-Version").Single());
        Assert.Equal(HttpStatusCode.OK, (await _node.SendAsync(HttpMethod.Head, "/v2/")).StatusCode);
    }

    [Theory]
    [InlineData(MediaTypes.OciManifest)]
    [InlineData(MediaTypes.OciIndex)]
    [InlineData(MediaTypes.DockerManifest)]
    [InlineData(MediaTypes.DockerManifestList)]
    public async Task A_manifest_comes_byte_for_byte_by_tag_and_digest_and_HEAD_says_the_same(string mediaType)
    {
        var (manifest, _) = await _node.LogImageAsync("library/app:1", mediaType);
        _node.Publish();
        foreach (var name in new[] { "1", manifest.Digest.ToString() })
        {
            var get = await _node.GetAsync($"/v2/library/app/manifests/{name}");
            var head = await _node.SendAsync(HttpMethod.Head, $"/v2/library/app/manifests/{name}");
            Assert.Equal(HttpStatusCode.OK, get.StatusCode);
            Assert.Equal(HttpStatusCode.OK, head.StatusCode);
            Assert.Equal(manifest.Digest, Digest.Of(await get.Content.ReadAsByteArrayAsync(Cancel)));
            Assert.Empty(await head.Content.ReadAsByteArrayAsync(Cancel));
            Assert.Equal(mediaType, get.Content.Headers.ContentType!.ToString());
            Assert.Equal(get.Content.Headers.ContentType, head.Content.Headers.ContentType);
            Assert.Equal(manifest.Size, get.Content.Headers.ContentLength);
            Assert.Equal(manifest.Size, head.Content.Headers.ContentLength);
            Assert.All(Compared, header => Assert.Equal(get.Headers.GetValues(header), head.Headers.GetValues(header)));
            Assert.Equal(manifest.Digest.ToString(), get.Headers.GetValues("Docker-Content-Digest").Single());
        }
    }

    [Fact]
    public async Task Six_separate_Accept_lines_are_taken()
    {
        await _node.LogImageAsync("library/app:1");
        _node.Publish();
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, _node.Http.BaseAddress!.Port, Cancel);
        await using var stream = socket.GetStream();
        string[] types = [.. MediaTypes.Manifests, "application/vnd.docker.distribution.manifest.v1+prettyjws", "*/*"];
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HEAD /v2/library/app/manifests/1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{string.Concat(types.Select(type => $"Accept: {type}\r\n"))}\r\n"), Cancel);
        using var reader = new StreamReader(stream, Encoding.ASCII);
        Assert.StartsWith("HTTP/1.1 200 ", await reader.ReadToEndAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_repository_may_have_any_depth_and_its_registry_in_the_query()
    {
        await _node.LogImageAsync("quay.io/a/b/c/d:1");
        await _node.LogImageAsync("library/app:1");
        _node.Publish();
        var mirrored = await _node.GetAsync("/v2/a/b/c/d/manifests/1?ns=quay.io");
        Assert.Equal(HttpStatusCode.OK, mirrored.StatusCode);
        Assert.Equal("quay.io", mirrored.Headers.GetValues("OCI-Namespace").Single());
        Assert.Equal(HttpStatusCode.OK, (await _node.GetAsync("/v2/library/app/manifests/1?ns=docker.io")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await _node.GetAsync("/v2/a/b/c/d/manifests/1?ns=docker.io")).StatusCode);
    }

    [Theory]
    [InlineData("bytes=0-0", 0, 1)]
    [InlineData("bytes=10-19", 10, 10)]
    [InlineData("bytes=1000-", 1000, -1)]
    [InlineData("bytes=-5", -5, 5)]
    [InlineData("bytes=0-99999999", 0, -1)]
    public async Task A_range_of_a_blob_is_sent_as_206(string range, int from, int length)
    {
        var (_, layer) = await _node.LogImageAsync("library/app:1");
        _node.Publish();
        var whole = await (await _node.GetAsync($"/v2/library/app/blobs/{layer.Digest}")).Content.ReadAsByteArrayAsync(Cancel);
        Assert.Equal(layer.Digest, Digest.Of(whole));
        if (from < 0) from += whole.Length;
        if (length < 0) length = whole.Length - from;
        var part = await _node.GetAsync($"/v2/library/app/blobs/{layer.Digest}", ("Range", range));
        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.Equal(whole[from..(from + length)], await part.Content.ReadAsByteArrayAsync(Cancel));
        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"bytes {from}-{from + length - 1}/{whole.Length}"), part.Content.Headers.ContentRange!.ToString());
        var head = await _node.SendAsync(HttpMethod.Head, $"/v2/library/app/blobs/{layer.Digest}");
        Assert.Equal(whole.Length, head.Content.Headers.ContentLength);
        Assert.Equal("bytes", head.Headers.AcceptRanges.Single());
    }

    [Theory]
    [InlineData("bytes=99999999-")]
    [InlineData("bytes=-0")]
    public async Task A_range_outside_a_blob_is_answered_with_416_and_its_size(string range)
    {
        var (_, layer) = await _node.LogImageAsync("library/app:1");
        _node.Publish();
        var answer = await _node.GetAsync($"/v2/library/app/blobs/{layer.Digest}", ("Range", range));
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, answer.StatusCode);
        Assert.Equal(layer.Size, answer.Content.Headers.ContentRange!.Length);
    }

    [Fact]
    public async Task What_the_log_lacks_is_unknown_and_says_what_to_do()
    {
        await _node.LogImageAsync("library/app:1");
        _node.Publish();
        var manifest = await _node.GetAsync("/v2/library/other/manifests/1");
        Assert.Equal(HttpStatusCode.NotFound, manifest.StatusCode);
        var error = await ErrorAsync(manifest);
        Assert.Equal("MANIFEST_UNKNOWN", (string)error["code"]!);
        Assert.Contains("ManifestUnknown", (string)error["message"]!, StringComparison.Ordinal);
        Assert.Contains("pyrsia build docker --image", (string)error["message"]!, StringComparison.Ordinal);

        var blob = await _node.GetAsync($"/v2/library/app/blobs/{Digest.Of("nothing"u8)}");
        Assert.Equal(HttpStatusCode.NotFound, blob.StatusCode);
        Assert.Equal("BLOB_UNKNOWN", (string)(await ErrorAsync(blob))["code"]!);
        Assert.Equal(HttpStatusCode.BadRequest, (await _node.GetAsync("/v2/library/app/blobs/md5:00")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await _node.GetAsync("/v2/library/app/unheard-of/1")).StatusCode);
        Assert.Empty(await (await _node.SendAsync(HttpMethod.Head, "/v2/library/other/manifests/1")).Content.ReadAsByteArrayAsync(Cancel));
    }

    [Fact]
    public async Task Content_that_is_held_but_not_logged_is_not_served()
    {
        var held = await _node.HoldAsync("held and not logged", MediaTypes.OctetStream);
        await _node.LogImageAsync("library/app:1");
        _node.Publish();
        Assert.Equal(HttpStatusCode.NotFound, (await _node.GetAsync($"/v2/library/app/blobs/{held.Digest}")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await _node.GetAsync($"/v2/library/app/manifests/{held.Digest}")).StatusCode);
    }

    [Fact]
    public async Task A_tag_is_refused_when_the_log_view_is_too_old_and_its_digest_is_served()
    {
        var (manifest, _) = await _node.LogImageAsync("library/app:1");
        _node.Publish();
        var young = await _node.GetAsync("/v2/library/app/manifests/1");
        Assert.Equal("58", young.Headers.GetValues("Pyrsia-Log-Age").Single());
        _node.Clock.Advance(_node.Network.File.MaxTagAge);
        var old = await _node.GetAsync("/v2/library/app/manifests/1");
        Assert.Equal(HttpStatusCode.NotFound, old.StatusCode);
        Assert.Contains("hours old", (string)(await ErrorAsync(old))["message"]!, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await _node.GetAsync($"/v2/library/app/manifests/{manifest.Digest}")).StatusCode);

        _node.Publish(NodeFixture.CosignedAt + (long)_node.Network.File.MaxTagAge.TotalSeconds);
        Assert.Equal(HttpStatusCode.OK, (await _node.GetAsync("/v2/library/app/manifests/1")).StatusCode);
    }

    [Fact]
    public async Task A_tag_that_was_logged_again_answers_with_the_newer_image()
    {
        var (before, _) = await _node.LogImageAsync("library/app:1");
        _node.Publish();
        var (after, _) = await _node.LogImageAsync("library/app:1", content: " again");
        _node.Publish(NodeFixture.CosignedAt + 10);
        Assert.NotEqual(before.Digest, after.Digest);
        Assert.Equal(after.Digest.ToString(), (await _node.GetAsync("/v2/library/app/manifests/1")).Headers.GetValues("Docker-Content-Digest").Single());
        Assert.Equal(HttpStatusCode.OK, (await _node.GetAsync($"/v2/library/app/manifests/{before.Digest}")).StatusCode);
    }

    [Fact]
    public async Task Tags_are_listed_in_order_and_in_pages()
    {
        foreach (var tag in new[] { "c", "a", "b", "d" }) await _node.LogImageAsync($"library/app:{tag}");
        await _node.LogImageAsync("library/app2:z");
        _node.Publish();
        async Task<(string Tags, string? Next)> TagsAsync(string query)
        {
            var answer = await _node.GetAsync($"/v2/library/app/tags/list{query}");
            var json = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!;
            Assert.Equal("library/app", (string)json["name"]!);
            return (string.Join(' ', json["tags"]!.AsArray().Select(t => (string)t!)), answer.Headers.TryGetValues("Link", out var link) ? link.Single() : null);
        }

        Assert.Equal(("a b c d", null), await TagsAsync(""));
        Assert.Equal(("a b", "</v2/library/app/tags/list?n=2&last=b>; rel=\"next\""), await TagsAsync("?n=2"));
        Assert.Equal(("c d", null), await TagsAsync("?n=2&last=b"));
        Assert.Equal(("c", "</v2/library/app/tags/list?n=1&last=c>; rel=\"next\""), await TagsAsync("?n=1&last=b"));
        Assert.Equal(("", null), await TagsAsync("?last=zzz"));
        Assert.Equal(HttpStatusCode.NotFound, (await _node.GetAsync("/v2/library/none/tags/list")).StatusCode);
    }

    [Fact]
    public async Task What_is_not_logged_has_no_referrers()
    {
        var answer = await _node.GetAsync($"/v2/library/app/referrers/{Digest.Of("x"u8)}");
        Assert.Equal(MediaTypes.OciIndex, answer.Content.Headers.ContentType!.MediaType);
        Assert.Empty(JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!["manifests"]!.AsArray());
    }

    [Fact]
    public async Task What_builders_signed_of_an_image_refers_to_it()
    {
        var root = (await _node.LogImageAsync("library/app:1")).Manifest.Digest;
        _node.Publish(NodeFixture.CosignedAt, 0, 1, 2);
        async Task<JsonArray> ListAsync(string query) => JsonNode.Parse(await (await _node.GetAsync($"/v2/library/app/referrers/{root}{query}")).Content.ReadAsStringAsync(Cancel))!["manifests"]!.AsArray();
        var listed = await ListAsync("");
        Assert.NotEmpty(listed);
        Assert.Empty(await ListAsync("?artifactType=application/other"));
        Assert.Equal(listed.Count, (await ListAsync($"?artifactType={Uri.EscapeDataString(MediaTypes.SigstoreBundle)}")).Count);

        // As a client follows it: the manifest by its digest, its configuration and its layer.
        var manifest = await _node.GetAsync($"/v2/library/app/manifests/{listed[0]!["digest"]}");
        Assert.Equal(MediaTypes.OciManifest, manifest.Content.Headers.ContentType!.MediaType);
        var content = await manifest.Content.ReadAsByteArrayAsync(Cancel);
        Assert.Equal((string?)listed[0]!["digest"], Digest.Of(content).ToString());
        var json = JsonNode.Parse(content)!;
        Assert.Equal(root.ToString(), (string?)json["subject"]!["digest"]);
        Assert.Equal("{}", await (await _node.GetAsync($"/v2/library/app/blobs/{json["config"]!["digest"]}")).Content.ReadAsStringAsync(Cancel));
        var bundle = JsonNode.Parse(await (await _node.GetAsync($"/v2/library/app/blobs/{json["layers"]![0]!["digest"]}")).Content.ReadAsStringAsync(Cancel))!;
        Assert.Contains(root.Hex, System.Text.Encoding.UTF8.GetString(Convert.FromBase64String((string)bundle["dsseEnvelope"]!["payload"]!)), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await _node.GetAsync("/v2/library/app/referrers/latest")).StatusCode);
    }

    [Fact]
    public async Task The_log_is_served_as_tiles()
    {
        await _node.LogImageAsync("library/app:1");
        _node.Publish();
        Assert.Equal(_node.Store.CheckpointBytes!.Value.ToArray(), await (await _node.GetAsync("/log/checkpoint")).Content.ReadAsByteArrayAsync(Cancel));
        Assert.Equal(HttpStatusCode.OK, (await _node.GetAsync($"/log/tile/0/000.p/{_node.Store.Size}")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await _node.GetAsync($"/log/tile/entries/000.p/{_node.Store.Size}")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await _node.GetAsync("/log/tile/0/000")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await _node.GetAsync("/log/../lock")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await _node.GetAsync("/log/payload/00")).StatusCode);
    }
}
