using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Pyrsia.Contracts;
using Pyrsia.Node.Builds;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Specifications;
using Pyrsia.Testing.Provenance;
using Xunit;

namespace Pyrsia.Tests.Node.Builds;

/// <summary>Requests for images that are put together of an artifact which the log has verified.</summary>
public sealed class ArtifactImageRouteTests : IAsyncLifetime
{
    private const string Jar = "org/acme/lib/1.0/lib-1.0.jar";

    private readonly ScriptedDesk _desk = new();
    private NodeFixture _node = null!;
    private Digest _main;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _node = await NodeFixture.StartAsync(desk: _desk);
        _desk.Offers.AddRange(Enumerable.Range(0, 3).Select(i => new BuildOffer($"a{i}", "bubblewrap", ["docker"], [SourceBuilds.Specification.BuilderImage.ToString()])));
        _main = (await _node.LogBuildAsync()).Single(o => o.Name == Jar).Digest;
    }

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    private async Task<(HttpStatusCode Status, JsonNode Body)> PostAsync(string route, string body)
    {
        using var answer = await _node.Http.PostAsync(route, new StringContent(body, Encoding.UTF8, "application/json"), Cancel);
        var read = (answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!);
        _node.Publish();
        return read;
    }

    private BuildSpecification Asked() => ((BuildRequest)Assert.Single(_desk.Taken, e => e.Type == EntryType.BuildRequest).Body!).Specification!;

    [Fact]
    public async Task An_artifact_is_its_own_source_with_the_digest_and_the_time_that_the_log_has_for_it()
    {
        var (status, body) = await PostAsync("/build/docker", """
            {"image":"acme/app:1.0","source":"maven:org.acme:lib:1.0","assembly":{"base":"base:1","files":[{"file":"lib-1.0.jar","path":"/app/lib.jar"},
             {"file":"org/acme/lib/1.0/lib-1.0.pom","path":"app/lib.pom","executable":true}],"entrypoint":["java","-jar","/app/lib.jar"],"environment":["MODE=fast"],"user":"1000","working_directory":"/app"}}
            """);
        Assert.True(status == HttpStatusCode.OK, body.ToString());
        // Nobody has said yet that this image is made of it.
        Assert.NotNull(body["mapping_id"]);
        var proposal = (MappingProposal)Assert.Single(_desk.Taken, e => e.Type == EntryType.MappingProposal).Body!;
        Assert.Equal((SourceKind.Artifact, SourceBuilds.Lib, _main.Hex), (proposal.Source.Kind, proposal.Source.Url, proposal.Source.Revision));
        var asked = Asked();
        Assert.Equal(proposal.Source, asked.Source);
        Assert.Null(asked.Dockerfile);
        Assert.InRange(asked.OutputTimestamp!.Value, 1, NodeFixture.CosignedAt);
        Assert.Equal(
            new ImageAssembly(ImageReference.Parse("docker.io/library/base:1"), [new PlacedFile(Jar, "app/lib.jar", false), new PlacedFile("org/acme/lib/1.0/lib-1.0.pom", "app/lib.pom", true)])
            {
                Entrypoint = ["java", "-jar", "/app/lib.jar"],
                Environment = ["MODE=fast"],
                User = "1000",
                WorkingDirectory = "/app",
            },
            asked.Assembly);
    }

    [Fact]
    public async Task Without_a_word_about_files_the_main_one_goes_to_app()
    {
        var (status, body) = await PostAsync("/build/docker", """{"image":"acme/app:1.0","source":"maven:org.acme:lib:1.0"}""");
        Assert.True(status == HttpStatusCode.OK, body.ToString());
        Assert.Equal(new ImageAssembly(null, [new PlacedFile(Jar, "app/lib-1.0.jar", false)]), Asked().Assembly);
    }

    [Fact]
    public async Task A_mapping_of_an_artifact_is_proposed_with_the_digest_that_the_log_has()
    {
        var (status, body) = await PostAsync("/mapping/propose", """{"coordinates":["docker:docker.io/acme/app:1.0"],"source":"maven:org.acme:lib:1.0"}""");
        Assert.True(status == HttpStatusCode.OK, body.ToString());
        var proposal = (MappingProposal)Assert.Single(_desk.Taken).Body!;
        Assert.Equal($"artifact+{SourceBuilds.Lib}@{_main.Hex}", proposal.Source.ToString());
    }

    [Theory]
    [InlineData("""{"image":"acme/app:1.0","source":"maven:org.acme:other:1.0"}""", "has not verified")]
    [InlineData("""{"image":"acme/app:1.0","source":"maven:org.acme:lib:1.0","dockerfile":"Dockerfile"}""", "no Dockerfile")]
    [InlineData("""{"image":"acme/app:1.0","source":"https://x.example/y.git","revision":"0123456789012345678901234567890123456789","assembly":{}}""", "put together of an artifact")]
    [InlineData("""{"image":"acme/app:1.0","source":"maven:org.acme:lib:1.0","assembly":{"files":[null]}}""", "lacks its name")]
    [InlineData("""{"image":"acme/app:1.0","source":"maven:org.acme:lib:1.0","assembly":{"files":[{"file":"lib-1.0.jar"}]}}""", "lacks its name")]
    [InlineData("""{"image":"acme/app:1.0","source":"maven:org.acme:lib:1.0","assembly":{"files":[{"file":"lib-1.0.jar","path":"/../x"}]}}""", "relative path")]
    [InlineData("""{"image":"acme/app:1.0","source":"maven:org.acme:lib:1.0","assembly":{"files":[]}}""", "one at least")]
    [InlineData("""{"image":"acme/app:1.0","source":"maven:org.acme:lib:1.0","assembly":{"entrypoint":[null]}}""", "is null")]
    [InlineData("""{"image":"acme/app:1.0","source":"maven:org.acme:lib:1.0","assembly":{"base":"UPPER"}}""", "")]
    [InlineData("""{"image":"acme/app:1.0","assembly":{}}""", "no mapping says")]
    public async Task What_makes_no_image_is_refused_with_its_reason(string request, string reason)
    {
        var (status, body) = await PostAsync("/build/docker", request);
        Assert.Equal((HttpStatusCode.BadRequest, "invalid-request"), (status, (string)body["code"]!));
        Assert.Contains(reason, (string)body["error"]!, StringComparison.Ordinal);
        Assert.NotEmpty((string)body["advice"]!);
        Assert.Empty(_desk.Taken);
    }

    [Fact]
    public async Task Another_digest_than_the_logs_is_refused_and_so_is_an_artifact_for_a_version()
    {
        var (status, body) = await PostAsync("/build/docker", $$"""{"image":"acme/app:1.0","source":"maven:org.acme:lib:1.0","revision":"{{new string('0', 64)}}"}""");
        Assert.Equal((HttpStatusCode.Conflict, "other-source"), (status, (string)body["code"]!));
        Assert.Contains(_main.ToString(), (string)body["error"]!, StringComparison.Ordinal);
        (status, body) = await PostAsync("/build/maven", $$"""{"gav":"org.acme:lib:2.0","source":"maven:org.acme:lib:1.0","revision":"{{_main.Hex}}"}""");
        Assert.Equal((HttpStatusCode.BadRequest, "invalid-request"), (status, (string)body["code"]!));
        Assert.Contains("images alone", (string)body["error"]!, StringComparison.Ordinal);
    }
}
