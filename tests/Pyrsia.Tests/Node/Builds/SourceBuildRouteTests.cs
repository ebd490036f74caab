using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Pyrsia.Contracts;
using Pyrsia.Node.Builds;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Specifications;
using Pyrsia.Testing.Provenance;
using Xunit;

namespace Pyrsia.Tests.Node.Builds;

public sealed class SourceBuildRouteTests : IAsyncLifetime
{
    private const string Url = "https://git.example.org/acme/lib.git";

    private static readonly string Commit = new('a', BuildSource.CommitLength);
    private static readonly string Image = SourceBuilds.Specification.BuilderImage.ToString();

    private readonly ScriptedDesk _desk = new();
    private NodeFixture _node = null!;
    private SourceBuilds _builds = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _node = await NodeFixture.StartAsync(desk: _desk);
        _builds = new SourceBuilds(_node.Network);
        _desk.Offers.AddRange([Offer("a0", Image), Offer("a1", Image), Offer("a2", Digest.Of("another"u8).ToString())]);
    }

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    private static BuildOffer Offer(string authority, params string[] images) => new(authority, "bubblewrap", ["maven"], images);

    private async Task<(HttpStatusCode Status, JsonNode Body)> PostAsync(string route, JsonObject body)
    {
        _node.Publish();
        using var answer = await _node.Http.PostAsync(route, new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"), Cancel);
        var read = (answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!);
        _node.Publish();
        return read;
    }

    private async Task<JsonNode> GetAsync(string route)
    {
        _node.Publish();
        using var answer = await _node.GetAsync(route);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!;
    }

    private static JsonObject Ask(string gav = "org.acme:lib:1.0", string? revision = null, string? image = null)
    {
        var body = new JsonObject { ["gav"] = gav, ["source"] = Url, ["revision"] = revision ?? Commit };
        if (image is not null) body["builder_image"] = image;
        return body;
    }

    private void Map()
    {
        var entries = _builds.Map();
        _node.Log.Block(1, entries[0]);
        _node.Log.Block(1, [.. entries.Skip(1)]);
    }

    private BuildRequest Taken() => (BuildRequest)Assert.Single(_desk.Taken, e => e.Type == EntryType.BuildRequest).Body!;

    [Fact]
    public async Task A_source_that_the_mapping_names_is_built_under_the_coordinate()
    {
        Map();
        var (status, body) = await PostAsync("/build/maven", Ask());
        Assert.Equal((HttpStatusCode.OK, SourceBuilds.Lib, false), (status, (string)body["coordinate"]!, (bool)body["already_logged"]!));
        Assert.Null(body["mapping_id"]);
        var request = Taken();
        Assert.Equal((ArtifactKind.Built, SourceBuilds.Lib, SourceBuilds.Source.ToString()), (request.Kind, request.Coordinate, request.Reference));
        // The tag is the mapping's: who leaves it out does not mean another source.
        Assert.Equal(SourceBuilds.Source, request.Specification!.Source);
        Assert.Equal(["org/acme/lib/1.0/lib-1.0.jar", "org/acme/lib/1.0/lib-1.0.pom"], request.Specification.Outputs);
        Assert.Equal(("mvn", "3.8.7", 17), (request.Specification.Tool!.Name, request.Specification.Tool.Version, request.Specification.Tool.Jdk));
        Assert.Equal(["deploy"], request.Specification.Tool.Goals);
        Assert.Equal(Image, request.Specification.BuilderImage.ToString());
    }

    [Fact]
    public async Task A_mapping_that_the_log_does_not_have_yet_is_fetched_before_a_name_counts_as_unmapped()
    {
        _desk.OnCatchUp = () =>
        {
            Map();
            _node.Publish();
        };
        var (status, body) = await PostAsync("/build/maven", Ask());
        Assert.Equal((HttpStatusCode.OK, SourceBuilds.Lib), (status, (string)body["coordinate"]!));
        Assert.Null(body["mapping_id"]);
    }

    [Fact]
    public async Task A_verdict_that_the_log_brings_while_authorities_are_asked_is_in_the_answer()
    {
        Map();
        var id = (string)(await PostAsync("/build/maven", Ask())).Body["build_id"]!;
        var request = _desk.Taken.Single(e => e.Type == EntryType.BuildRequest);
        _node.Log.Block(1, [.. Enumerable.Range(0, 3).Select(i => _node.Network.Failure(request, i, FailureReason.CommitNotFound))]);
        _desk.OnQuery = () => _node.Publish();
        using var answer = await _node.Http.PostAsync("/build/status", new StringContent($$"""{"build_id":"{{id}}"}""", Encoding.UTF8, "application/json"), Cancel);
        Assert.StartsWith("failed: commit-not-found", (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!["Failure"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_source_the_mapping_says_it()
    {
        var (status, body) = await PostAsync("/build/maven", new JsonObject { ["gav"] = "org.acme:lib:1.0" });
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("--source", (string)body["advice"]!, StringComparison.Ordinal);
        Map();
        (status, _) = await PostAsync("/build/maven", new JsonObject { ["gav"] = "org.acme:lib:1.0" });
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(SourceBuilds.Source, Taken().Specification!.Source);
    }

    [Fact]
    public async Task A_request_is_taken_back_by_the_node_that_asked_and_once()
    {
        Map();
        var id = (string)(await PostAsync("/build/maven", Ask())).Body["build_id"]!;
        var (status, body) = await PostAsync("/build/cancel", new JsonObject { ["build_id"] = id });
        Assert.Equal((HttpStatusCode.OK, id), (status, (string)body["build_id"]!));
        (_, body) = await PostAsync("/build/status", new JsonObject { ["build_id"] = id });
        Assert.StartsWith("failed: cancelled", (string)body["Failure"]!, StringComparison.Ordinal);
        (status, body) = await PostAsync("/build/cancel", new JsonObject { ["build_id"] = id });
        Assert.Equal((HttpStatusCode.Conflict, "already-decided"), (status, (string)body["code"]!));
        Assert.Equal("failed: cancelled", (string)(await GetAsync("/build/list"))[0]!["state"]!);
    }

    [Fact]
    public async Task What_others_asked_for_or_nobody_did_is_not_taken_back()
    {
        Map();
        var others = _builds.Request();
        _node.Log.Block(1, others);
        var (status, body) = await PostAsync("/build/cancel", new JsonObject { ["build_id"] = others.PayloadDigest.Hex });
        Assert.Equal((HttpStatusCode.Forbidden, "not-the-asker"), (status, (string)body["code"]!));
        (status, body) = await PostAsync("/build/cancel", new JsonObject { ["build_id"] = new string('0', 64) });
        Assert.Equal((HttpStatusCode.NotFound, "unknown-build"), (status, (string)body["code"]!));
        (status, body) = await PostAsync("/build/cancel", new JsonObject { ["build_id"] = "17" });
        Assert.Equal((HttpStatusCode.BadRequest, "invalid-request"), (status, (string)body["code"]!));
    }

    [Fact]
    public async Task A_source_that_nobody_mapped_is_proposed_and_built_under_its_specification()
    {
        var (status, body) = await PostAsync("/build/maven", Ask());
        Assert.Equal(HttpStatusCode.OK, status);
        var request = Taken();
        Assert.Equal(Coordinate.OfSource(request.Specification!.Digest), request.Coordinate);
        Assert.Equal(request.Coordinate, (string)body["coordinate"]!);
        var proposal = _desk.Taken.Single(e => e.Type == EntryType.MappingProposal);
        Assert.Equal(proposal.PayloadDigest.Hex, (string)body["mapping_id"]!);
        Assert.Contains($"pyrsia mapping approve {proposal.PayloadDigest.Hex}", (string)body["message"]!, StringComparison.Ordinal);

        // Again: neither is asked for a second time.
        (_, body) = await PostAsync("/build/maven", Ask());
        Assert.Equal(proposal.PayloadDigest.Hex, (string)body["mapping_id"]!);
        Assert.Contains("asked for already", (string)body["message"]!, StringComparison.Ordinal);
        Assert.Equal(2, _desk.Taken.Count);
    }

    [Fact]
    public async Task Another_source_than_the_mappings_is_refused_and_both_are_named()
    {
        Map();
        var other = new string('b', BuildSource.CommitLength);
        var (status, body) = await PostAsync("/build/maven", Ask(revision: other));
        Assert.Equal((HttpStatusCode.Conflict, "other-source"), (status, (string)body["code"]!));
        Assert.Contains(Commit, (string)body["error"]!, StringComparison.Ordinal);
        Assert.Contains(other, (string)body["error"]!, StringComparison.Ordinal);
        Assert.Empty(_desk.Taken);
    }

    [Fact]
    public async Task A_name_that_is_notarized_is_not_built()
    {
        var (status, body) = await PostAsync("/build/maven", Ask("org.mirror:lib:1.0"));
        Assert.Equal((HttpStatusCode.BadRequest, "invalid-request"), (status, (string)body["code"]!));
        Assert.Contains("notarized from its upstream", (string)body["error"]!, StringComparison.Ordinal);
        Assert.Empty(_desk.Taken);
    }

    [Fact]
    public async Task Without_k_organisations_that_have_a_builder_image_in_common_nothing_is_asked_for()
    {
        _desk.Offers.RemoveAt(0);
        var (status, body) = await PostAsync("/build/maven", Ask());
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "no-builder"), (status, (string)body["code"]!));
        Assert.Empty(_desk.Taken);
        Assert.Equal(HttpStatusCode.OK, (await PostAsync("/build/maven", Ask(image: Image))).Status);
    }

    [Fact]
    public async Task A_whole_specification_is_taken_as_it_is()
    {
        Map();
        var specification = JsonNode.Parse(SourceBuilds.Specification.ToBytes());
        var (status, body) = await PostAsync("/build/maven", new JsonObject { ["specification"] = specification, ["max_bytes"] = 1000 });
        Assert.Equal((HttpStatusCode.OK, SourceBuilds.Lib), (status, (string)body["coordinate"]!));
        Assert.Equal((SourceBuilds.Specification, 1000L), (Taken().Specification, Taken().MaxBytes));
    }

    [Theory]
    [InlineData("""{"source":"https://x.example/y.git"}""")]
    [InlineData("""{"gav":"org.acme:lib:1.0","source":"https://x.example/y.git"}""")]
    [InlineData("""{"gav":"org.acme:lib:1.0","source":"https://me:secret@x.example/y.git","revision":"0123456789012345678901234567890123456789"}""")]
    [InlineData("""{"gav":"org.acme:lib:1.0","source":"ssh://x.example/y.git","revision":"0123456789012345678901234567890123456789"}""")]
    [InlineData("""{"gav":"org.acme:lib:1.0","source":"https://x.example/y.git","revision":"v1.0"}""")]
    [InlineData("""{"gav":"org.acme:lib:1.0","revision":"0123456789012345678901234567890123456789"}""")]
    [InlineData("""{"gav":"org.acme:lib:1.0","source":"https://x.example/y.git","revision":"0123456789012345678901234567890123456789","goals":[null]}""")]
    [InlineData("""{"gav":"org.acme:lib:1.0","source":"https://x.example/y.git","revision":"0123456789012345678901234567890123456789","outputs":["org/acme/other/1.0/other-1.0.jar"]}""")]
    [InlineData("""{"gav":"org.acme:lib:1.0","source":"https://x.example/y.git","revision":"0123456789012345678901234567890123456789","outputs":[null]}""")]
    [InlineData("""{"gav":"org.acme:lib:1.0","source":"https://x.example/y.git","revision":"0123456789012345678901234567890123456789","variants":["sources.jar"]}""")]
    [InlineData("""{"gav":"org.acme:lib:1.0","source":"https://x.example/y.git","revision":"0123456789012345678901234567890123456789","builder_image":"latest"}""")]
    [InlineData("""{"gav":"org.acme:lib:1.0","specification":{}}""")]
    [InlineData("""{"specification":{}}""")]
    [InlineData("""{"specification":[]}""")]
    public async Task What_is_no_request_for_a_build_is_refused_with_its_reason(string request)
    {
        var (status, body) = await PostAsync("/build/maven", JsonNode.Parse(request)!.AsObject());
        Assert.Equal((HttpStatusCode.BadRequest, "invalid-request"), (status, (string)body["code"]!));
        Assert.NotEmpty((string)body["advice"]!);
        Assert.Empty(_desk.Taken);
    }

    [Fact]
    public async Task Every_module_of_a_build_is_served_under_its_own_name()
    {
        var outputs = await _node.LogBuildAsync();
        foreach (var path in SourceBuilds.Specification.Outputs)
        {
            using var answer = await _node.GetAsync($"/maven2/{path}");
            Assert.Equal((HttpStatusCode.OK, $"bytes of {path}"), (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancel)));
        }
        var (_, inspected) = await PostAsync("/inspect/maven", new JsonObject { ["gav"] = "org.acme:api:1.0" });
        Assert.Equal("verified", (string)inspected[0]!["type"]!);
        Assert.Equal(outputs.Single(o => o.Name.Contains("api", StringComparison.Ordinal)).Digest.ToString(), (string)inspected[0]!["digest"]!);
        var (_, again) = await PostAsync("/build/maven", new JsonObject { ["specification"] = JsonNode.Parse(SourceBuilds.Specification.ToBytes()) });
        Assert.True((bool)again["already_logged"]!);
    }

    [Fact]
    public async Task The_list_says_how_far_each_request_is()
    {
        Map();
        var request = _builds.Request();
        _node.Log.Block(1, request);
        _node.Log.Block(1, [.. Enumerable.Range(0, 2).Select(i => _builds.Plan(request, i))]);
        var other = _builds.Request(nonce: "other");
        _node.Log.Block(1, other);
        _node.Log.Block(1, _builds.Answer(request, 0).Commitment);
        var third = _builds.Request(nonce: "third");
        _node.Log.Block(1, third);
        _node.Log.Block(1, [.. Enumerable.Range(0, 3).Select(i => _node.Network.Failure(third, i, FailureReason.CommitNotFound))]);
        var list = (await GetAsync("/build/list")).AsArray();
        Assert.Equal(["failed: commit-not-found", "planning", "committing"], list.Select(b => (string)b!["state"]!));
        Assert.Equal([third, other, request], list.Select(b => (SignedEntry)_node.Log.Entries[(int)b!["index"]!]));
        Assert.Equal(request.PayloadDigest.Hex, (string)list[2]!["build_id"]!);
    }

    [Fact]
    public async Task A_running_build_names_its_phase_and_its_log_can_be_read_from_where_it_was_left()
    {
        Map();
        var (_, started) = await PostAsync("/build/maven", Ask());
        var id = (string)started["build_id"]!;
        using (var status = await _node.Http.PostAsync("/build/status", new StringContent($$"""{"build_id":"{{id}}"}""", Encoding.UTF8, "application/json"), Cancel))
            Assert.Equal(("\"Running\"", "planning"), (await status.Content.ReadAsStringAsync(Cancel), status.Headers.GetValues("Pyrsia-Phase").Single()));
        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync("/build/logs", new JsonObject { ["build_id"] = id })).Status);
        _desk.BuildLog = "said so far"u8.ToArray();
        var (_, piece) = await PostAsync("/build/logs", new JsonObject { ["build_id"] = id, ["offset"] = 5 });
        Assert.Equal(("a1", 5, "so far"), ((string)piece["authority"]!, (int)piece["offset"]!, Encoding.UTF8.GetString(Convert.FromBase64String((string)piece["bytes"]!))));
        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync("/build/logs", new JsonObject { ["build_id"] = id, ["authority"] = "a2" })).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync("/build/logs", new JsonObject { ["build_id"] = id, ["offset"] = -1 })).Status);
    }
}
