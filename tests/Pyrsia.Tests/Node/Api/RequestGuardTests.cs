using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using Pyrsia.Contracts.NodeApi;
using Xunit;

namespace Pyrsia.Tests.Node.Api;

public sealed class RequestGuardTests : IAsyncLifetime
{
    private NodeFixture _node = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _node = await NodeFixture.StartAsync();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    private static async Task IsRefusedAsync(HttpResponseMessage answer, HttpStatusCode status, string code)
    {
        Assert.Equal(status, answer.StatusCode);
        Assert.Equal(code, (await answer.Content.ReadFromJsonAsync(NodeApiJsonContext.Default.ApiError, Cancel))!.Code);
    }

    private Task<HttpResponseMessage> PostAsync(string route, HttpContent content) => _node.Http.PostAsync(route, content, Cancel);

    [Theory]
    [InlineData("/status", "rebound.example")]
    [InlineData("/v2/", "rebound.example:80")]
    [InlineData("/log/checkpoint", "localhost.attacker.example")]
    [InlineData("/livez", "192.168.1.7")]
    [InlineData("/status", "127.0.0.1.attacker.example")]
    public async Task A_foreign_host_is_refused_on_every_route(string route, string host) =>
        await IsRefusedAsync(await _node.GetAsync(route, ("Host", host)), HttpStatusCode.Forbidden, "host-not-allowed");

    [Theory]
    [InlineData("localhost")]
    [InlineData("LOCALHOST:7888")]
    [InlineData("127.0.0.1")]
    [InlineData("[::1]:7888")]
    public async Task The_names_of_this_machine_are_taken(string host) => Assert.Equal(HttpStatusCode.OK, (await _node.GetAsync("/livez", ("Host", host))).StatusCode);

    [Theory]
    [InlineData("https://attacker.example")]
    [InlineData("null")]
    [InlineData("http://localhost:1")]
    public async Task A_foreign_origin_is_refused_even_for_reading(string origin) =>
        await IsRefusedAsync(await _node.GetAsync("/status", ("Origin", origin)), HttpStatusCode.Forbidden, "origin-not-allowed");

    [Fact]
    public async Task The_own_origin_is_taken() =>
        Assert.Equal(HttpStatusCode.OK, (await _node.GetAsync("/status", ("Origin", _node.Http.BaseAddress!.GetLeftPart(UriPartial.Authority)))).StatusCode);

    [Fact]
    public async Task A_form_post_is_refused()
    {
        using var form = new FormUrlEncodedContent([new("image", "alpine:3")]);
        await IsRefusedAsync(await PostAsync("/build/docker", form), HttpStatusCode.UnsupportedMediaType, "json-required");
        using var text = new StringContent("""{"image":"alpine:3"}""", Encoding.UTF8, "text/plain");
        await IsRefusedAsync(await PostAsync("/build/docker", text), HttpStatusCode.UnsupportedMediaType, "json-required");
    }

    [Fact]
    public async Task Authorizing_without_the_operators_key_is_refused()
    {
        using var body = new StringContent("""{"peer_id":"12D3KooWQYhTNQdmr3ArTeUHRYzFg94BKyTkoWBDWez9kSCVe2Xo"}""", Encoding.UTF8, "application/json");
        await IsRefusedAsync(await PostAsync("/authorized_node", body), HttpStatusCode.Forbidden, "not-authorized");
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("""{"image":5}""")]
    public async Task A_body_that_is_not_what_the_route_takes_is_refused(string json)
    {
        foreach (var route in new[] { "/build/docker", "/build/status", "/inspect/docker" })
        {
            using var body = new StringContent(json, Encoding.UTF8, "application/json");
            Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(route, body)).StatusCode);
        }
    }

    [Fact]
    public async Task A_malformed_reference_is_refused_with_the_reason()
    {
        using var body = new StringContent("""{"image":"UPPER CASE:x:y"}""", Encoding.UTF8, "application/json");
        await IsRefusedAsync(await PostAsync("/build/docker", body), HttpStatusCode.BadRequest, "invalid-request");
        using var again = new StringContent("""{"image":"UPPER CASE:x:y"}""", Encoding.UTF8, "application/json");
        await IsRefusedAsync(await PostAsync("/inspect/docker", again), HttpStatusCode.BadRequest, "invalid-request");
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused_with_and_without_its_length()
    {
        using var known = new StringContent($$"""{"image":"{{new string('a', 100_000)}}"}""", Encoding.UTF8, "application/json");
        Assert.True((int)(await PostAsync("/build/docker", known)).StatusCode is 400 or 413);

        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, _node.Http.BaseAddress!.Port, Cancel);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes("POST /build/docker HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n18000\r\n"), Cancel);
        await stream.WriteAsync(new byte[0x18000], Cancel);
        using var reader = new StreamReader(stream, Encoding.ASCII);
        Assert.Matches("^HTTP/1.1 4(00|13) ", (await reader.ReadLineAsync(Cancel))!);
    }

    [Fact]
    public async Task A_node_without_a_network_file_lives_and_says_why_it_is_not_ready()
    {
        await using var alone = await NodeFixture.StartAsync(withNetwork: false);
        Assert.Equal(HttpStatusCode.OK, (await alone.GetAsync("/livez")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await alone.GetAsync("/status")).StatusCode);
        var ready = await alone.GetAsync("/readyz");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains("--network", await ready.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        var pull = await alone.GetAsync("/v2/library/app/manifests/1");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, pull.StatusCode);
        Assert.Contains("--network", await pull.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_is_ready_when_it_has_seen_a_checkpoint()
    {
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await _node.GetAsync("/readyz")).StatusCode);
        await _node.LogImageAsync("library/app:1");
        _node.Publish();
        Assert.Equal(HttpStatusCode.OK, (await _node.GetAsync("/readyz")).StatusCode);
    }
}
