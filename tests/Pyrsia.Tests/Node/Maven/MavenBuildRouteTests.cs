using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace Pyrsia.Tests.Node.Maven;

public sealed class MavenBuildRouteTests : IAsyncLifetime
{
    private NodeFixture _node = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _node = await NodeFixture.StartAsync();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    private async Task<(HttpStatusCode Status, JsonNode Body)> AskAsync(string body)
    {
        using var answer = await _node.Http.PostAsync("/build/maven", new StringContent(body, Encoding.UTF8, "application/json"), Cancel);
        return (answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!);
    }

    private void Upstream(string path, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_node.Upstream(path))!);
        File.WriteAllText(_node.Upstream(path), content);
    }

    [Fact]
    public async Task A_release_that_is_logged_is_answered_without_the_upstream()
    {
        await _node.LogMavenAsync("org.acme:lib:1.0", variants: "sources.jar");
        _node.Publish();
        var (status, body) = await AskAsync("""{"gav":"org.acme:lib:1.0","variants":["sources.jar"]}""");
        Assert.Equal((HttpStatusCode.OK, true), (status, (bool)body["already_logged"]!));
        Assert.Contains("in the log already", (string)body["message"]!, StringComparison.Ordinal);
        (status, body) = await AskAsync("""{"gav":"org.acme:lib:1.0","variants":["javadoc.jar"]}""");
        Assert.Equal((HttpStatusCode.BadRequest, "invalid-request"), (status, (string)body["code"]!));
    }

    [Theory]
    [InlineData("""{"gav":"org.acme:lib"}""", HttpStatusCode.BadRequest, "invalid-request")]
    [InlineData("""{"gav":"org.acme:lib:1.0","variants":["../x"]}""", HttpStatusCode.BadRequest, "invalid-request")]
    [InlineData("""{"gav":"org.acme:other:1.0"}""", HttpStatusCode.NotFound, "unknown-artifact")]
    [InlineData("""{"gav":"org.acme:lib:1.0"}""", HttpStatusCode.ServiceUnavailable, "no-authority")]
    [InlineData("""{"gav":"org.acme:lib:1.0","max_bytes":2}""", HttpStatusCode.BadGateway, "upstream-unavailable")]
    public async Task A_request_that_cannot_be_taken_is_refused_with_its_reason(string request, HttpStatusCode status, string code)
    {
        Upstream("org/acme/lib/1.0/lib-1.0.pom", "<project/>");
        Upstream("org/acme/lib/1.0/lib-1.0.jar", "jar");
        _node.Publish();
        var (answered, body) = await AskAsync(request);
        Assert.Equal((status, code), (answered, (string)body["code"]!));
    }

    [Fact]
    public async Task An_upstream_that_does_not_answer_is_told_apart_from_one_that_lacks_the_version()
    {
        _node.Publish();
        Assert.Equal((HttpStatusCode.BadGateway, "upstream-unavailable"), await AskAsync("""{"gav":"org.acme:lib:1.0"}""") is var (status, body) ? (status, (string)body["code"]!) : default);
    }
}
