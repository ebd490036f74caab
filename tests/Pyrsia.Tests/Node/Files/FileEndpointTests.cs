using System.Net;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Specifications;
using Pyrsia.Testing.Provenance;
using Pyrsia.Tests.Node.Builds;
using Xunit;

namespace Pyrsia.Tests.Node.Files;

public sealed class FileEndpointTests : IAsyncLifetime
{
    private const string Name = "generic/words/1.0/words.txt";

    private NodeFixture _node = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _node = await NodeFixture.StartAsync(desk: new ScriptedDesk());

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    /// <summary>Logs a build of a plain file, under its name when a mapping says so.</summary>
    private async Task<ArtifactOutput> BuildAsync(string content, bool mapped = true)
    {
        var specification = SourceBuilds.Specification with { PackageType = "generic", Tool = null, Artifacts = [new SpecifiedArtifact("generic:words:1.0", [Name])] };
        var output = await _node.HoldAsync(content, "text/plain") with { Name = Name };
        var builds = new SourceBuilds(_node.Network);
        if (mapped)
        {
            var asker = _node.Network.Asker;
            var proposal = new EntrySigner(asker).Sign(new MappingProposal(_node.Network.Genesis.ChainId, ["generic:words:1.0"], specification.Source, asker.PublicKey, TestNetwork.Seed("mapping", "words")));
            _node.Log.Block(1, proposal);
            _node.Log.Block(1, [.. Enumerable.Range(0, 3).Select(i => builds.Approve(proposal, i))]);
        }
        var request = builds.Request(specification, mapped ? null : Coordinate.OfSource(specification.Digest));
        _node.Log.Block(1, request);
        _node.Log.Block(1, [.. Enumerable.Range(0, 2).Select(i => builds.Plan(request, i))]);
        var answers = Enumerable.Range(0, 3).Select(i => builds.Answer(request, i, [output])).ToArray();
        _node.Log.Block(1, [.. answers.Select(a => a.Commitment)]);
        Assert.Equal(EntryType.Verified, _node.Log.Block(1, [.. answers.Take(2).Select(a => a.Result)]).Single().Type);
        _node.Publish();
        return output;
    }

    [Fact]
    public async Task A_file_is_served_whole_and_in_part_under_its_name()
    {
        var output = await BuildAsync("one\ntwo\n");
        using var whole = await _node.GetAsync("/" + Name);
        Assert.Equal("one\ntwo\n", await whole.Content.ReadAsStringAsync(Cancel));
        Assert.Equal(($"\"{output.Digest}\"", "application/octet-stream", "nosniff"), (whole.Headers.ETag!.Tag, whole.Content.Headers.ContentType!.MediaType, whole.Headers.GetValues("X-Content-Type-Options").Single()));
        using var part = await _node.GetAsync("/" + Name, ("Range", "bytes=4-6"));
        Assert.Equal((HttpStatusCode.PartialContent, "two"), (part.StatusCode, await part.Content.ReadAsStringAsync(Cancel)));
        using var head = await _node.SendAsync(HttpMethod.Head, "/" + Name);
        Assert.Equal((HttpStatusCode.OK, 8L), (head.StatusCode, head.Content.Headers.ContentLength!.Value));
    }

    [Fact]
    public async Task What_was_built_without_a_mapping_answers_to_no_name()
    {
        await BuildAsync("one\n", mapped: false);
        using var answer = await _node.GetAsync("/" + Name);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task A_proof_that_does_not_hold_is_403_and_damage_is_503()
    {
        var output = await BuildAsync("one\n");
        var verdict = _node.Log.Entries.Count - 1;
        _node.Gate.Refused[verdict] = "the proof does not hold";
        using (var refused = await _node.GetAsync("/" + Name)) Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        _node.Gate.Refused.Remove(verdict);
        await File.WriteAllTextAsync(_node.BlobOf(output.Digest), "bad\n", Cancel);
        using var damaged = await _node.GetAsync("/" + Name);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, true), (damaged.StatusCode, damaged.Headers.RetryAfter is not null));
    }

    [Fact]
    public async Task An_old_log_says_nothing_about_absence()
    {
        await BuildAsync("one\n");
        _node.Clock.Advance(_node.Network.File.MaxTagAge + TimeSpan.FromHours(1));
        using (var there = await _node.GetAsync("/" + Name)) Assert.Equal(HttpStatusCode.OK, there.StatusCode);
        using var absent = await _node.GetAsync("/generic/words/2.0/words.txt");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, absent.StatusCode);
    }

    [Theory]
    [InlineData("POST", "/generic/words/1.0/words.txt", HttpStatusCode.MethodNotAllowed)]
    [InlineData("GET", "/generic/words/1.0/../1.0/other.txt", HttpStatusCode.NotFound)]
    [InlineData("GET", "/generic/", HttpStatusCode.NotFound)]
    public async Task What_is_no_file_is_not_served(string method, string path, HttpStatusCode status)
    {
        _node.Publish();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (method == "POST") request.Content = new StringContent("{}", System.Text.Encoding.UTF8, "application/json");
        using var answer = await _node.Http.SendAsync(request, Cancel);
        Assert.Equal(status, answer.StatusCode);
    }
}
