using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Specifications;
using Pyrsia.Testing.Provenance;
using Xunit;

namespace Pyrsia.Tests.Node.Builds;

public sealed class MappingRouteTests : IAsyncLifetime
{
    private readonly ScriptedDesk _desk = new();
    private NodeFixture _node = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _node = await NodeFixture.StartAsync(desk: _desk);

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    private async Task<(HttpStatusCode Status, JsonNode Body)> PostAsync(string route, string body)
    {
        _node.Publish();
        using var answer = await _node.Http.PostAsync(route, new StringContent(body, Encoding.UTF8, "application/json"), Cancel);
        var read = (answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!);
        _node.Publish();
        return read;
    }

    private async Task<JsonNode> GetAsync(string query)
    {
        using var answer = await _node.GetAsync($"/mapping{query}");
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!;
    }

    private static string Proposal(string coordinate = "maven:org.acme:lib:1.0", string url = "https://git.example.org/acme/lib.git", char digit = 'a') =>
        $$"""{"coordinates":["{{coordinate}}"],"source":"{{url}}","revision":"{{new string(digit, BuildSource.CommitLength)}}","tag":"v1.0","subdirectory":"sub"}""";

    [Fact]
    public async Task A_proposal_waits_until_a_quorum_of_approvals_was_handed_in()
    {
        var (status, proposed) = await PostAsync("/mapping/propose", Proposal());
        Assert.Equal(HttpStatusCode.OK, status);
        var id = (string)proposed["mapping_id"]!;
        var entry = Assert.Single(_desk.Taken);
        for (var i = 0; i < _node.Network.Genesis.Quorum; i++)
        {
            var waiting = (await GetAsync("?coordinate=maven:org.acme:lib:1.0"))["waiting"]![0]!;
            Assert.Equal((id, i, 3), ((string)waiting["mapping_id"]!, waiting["approvals"]!.AsArray().Count, (int)waiting["needed"]!));
            var approval = new SourceBuilds(_node.Network).Approve(entry, i);
            (status, var submitted) = await PostAsync("/mapping/submit", $$"""{"entry":"{{Convert.ToBase64String(approval.Leaf.Span)}}"}""");
            Assert.Equal((HttpStatusCode.OK, id), (status, (string)submitted["mapping_id"]!));
        }
        var answer = await GetAsync("?coordinate=maven:org.acme:lib:1.0");
        Assert.Empty(answer["waiting"]!.AsArray());
        Assert.Equal((id, "v1.0", "sub"), ((string)answer["mapped"]!["mapping_id"]!, (string)answer["mapped"]!["source"]!["tag"]!, (string)answer["mapped"]!["source"]!["subdirectory"]!));
        Assert.Empty((await GetAsync($"?id={id}"))["waiting"]!.AsArray());
    }

    [Fact]
    public async Task The_same_proposal_is_not_logged_twice()
    {
        var (_, first) = await PostAsync("/mapping/propose", Proposal());
        var (_, second) = await PostAsync("/mapping/propose", Proposal());
        Assert.Equal((string)first["mapping_id"]!, (string)second["mapping_id"]!);
        Assert.Single(_desk.Taken);
        await PostAsync("/mapping/propose", Proposal(digit: 'b'));
        Assert.Equal(2, _desk.Taken.Count);
        Assert.Equal(2, (await GetAsync(""))["waiting"]!.AsArray().Count);
        Assert.Single((await GetAsync($"?id={(string)first["mapping_id"]!}"))["waiting"]!.AsArray());
    }

    [Fact]
    public async Task The_scm_of_a_verified_pom_is_suggested_before_that_of_the_upstream_and_nothing_is_proposed()
    {
        const string pom = "<project><scm><connection>scm:git:https://{0}/acme/lib.git</connection><tag>v1.1</tag></scm></project>";
        var path = _node.Upstream("org/mirror/lib/1.2/lib-1.2.pom");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllTextAsync(path, pom.Replace("{0}", "upstream.example", StringComparison.Ordinal), Cancel);
        _node.Publish();
        var upstream = await GetAsync("/suggest?coordinate=maven:org.mirror:lib:1.2");
        Assert.Equal(("https://upstream.example/acme/lib.git", "v1.1", "org/mirror/lib/1.2/lib-1.2.pom"), ((string)upstream["url"]!, (string)upstream["tag"]!, (string)upstream["from"]!));
        Assert.NotNull(upstream["host"]);

        await _node.LogMavenAsync("org.mirror:lib:1.1", pom.Replace("{0}", "verified.example", StringComparison.Ordinal));
        _node.Publish();
        var own = await GetAsync("/suggest?coordinate=maven:org.mirror:lib:1.1");
        Assert.Equal(("https://verified.example/acme/lib.git", "v1.1", null), ((string)own["url"]!, (string)own["tag"]!, (string?)own["host"]));
        var next = await GetAsync("/suggest?coordinate=maven:org.mirror:lib:1.2");
        Assert.Equal(("https://verified.example/acme/lib.git", "v1.2", "org/mirror/lib/1.1/lib-1.1.pom", null), ((string)next["url"]!, (string)next["tag"]!, (string)next["from"]!, (string?)next["host"]));
        Assert.Empty(_desk.Taken);
    }

    [Theory]
    [InlineData("maven:org.mirror:none:1.0", HttpStatusCode.NotFound)]
    [InlineData("generic:words:1.0", HttpStatusCode.NotFound)]
    [InlineData("org.acme:lib", HttpStatusCode.BadRequest)]
    [InlineData("", HttpStatusCode.BadRequest)]
    public async Task Where_nothing_is_said_nothing_is_suggested(string coordinate, HttpStatusCode status)
    {
        Directory.CreateDirectory(_node.Upstream(""));
        _node.Publish();
        using var answer = await _node.GetAsync($"/mapping/suggest?coordinate={coordinate}");
        Assert.Equal(status, answer.StatusCode);
        Assert.Contains("--source URL", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("maven:org.mirror:lib:1.0", "https://x.example/y.git", "notarized")]
    [InlineData("npm:lib:1.0", "https://x.example/y.git", "no naming rule")]
    [InlineData("maven:org.acme", "https://x.example/y.git", "malformed")]
    [InlineData("maven:org.acme:lib:1.0", "ftp://x.example/y.git", "malformed")]
    public async Task What_cannot_be_mapped_is_refused_with_its_reason(string coordinate, string url, string reason)
    {
        var (status, body) = await PostAsync("/mapping/propose", Proposal(coordinate, url));
        Assert.Equal((HttpStatusCode.BadRequest, "invalid-request"), (status, (string)body["code"]!));
        Assert.Contains(reason, (string)body["error"]!, StringComparison.Ordinal);
        Assert.Empty(_desk.Taken);
    }

    [Theory]
    [InlineData("/mapping/propose", "{}")]
    [InlineData("/mapping/propose", """{"coordinates":[null],"source":"https://x.example/y.git","revision":"aa"}""")]
    [InlineData("/mapping/submit", "{}")]
    [InlineData("/mapping/submit", """{"entry":"AAAA"}""")]
    public async Task What_is_no_entry_is_refused(string route, string body)
    {
        var (status, answer) = await PostAsync(route, body);
        Assert.Equal((HttpStatusCode.BadRequest, "invalid-request"), (status, (string)answer["code"]!));
    }

    [Fact]
    public async Task An_approval_by_a_key_that_is_no_authoritys_is_refused()
    {
        await PostAsync("/mapping/propose", Proposal());
        var forged = new EntrySigner(_node.Network.Asker).Sign(new MappingApproval(_node.Network.Genesis.ChainId, new MappingId(_desk.Taken[0].PayloadDigest), "a0"));
        var (status, body) = await PostAsync("/mapping/submit", $$"""{"entry":"{{Convert.ToBase64String(forged.Leaf.Span)}}"}""");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("NotAnAuthority", (string)body["error"]!, StringComparison.Ordinal);
        Assert.Equal("invalid-request", (string)(await GetAsync("?id=xyz"))["code"]!);
    }
}
