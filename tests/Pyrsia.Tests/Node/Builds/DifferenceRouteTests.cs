using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;
using Pyrsia.Testing.Provenance;
using Xunit;

namespace Pyrsia.Tests.Node.Builds;

public sealed class DifferenceRouteTests : IAsyncLifetime
{
    private readonly ScriptedDesk _desk = new();
    private NodeFixture _node = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _node = await NodeFixture.StartAsync(desk: _desk);

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    private async Task<(HttpStatusCode Status, JsonNode Body)> AskAsync(string id)
    {
        using var answer = await _node.Http.PostAsync("/build/differences", new StringContent(new JsonObject { ["build_id"] = id }.ToJsonString(), Encoding.UTF8, "application/json"), Cancel);
        return (answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!);
    }

    private static byte[] Jar(string content)
    {
        using var jar = new MemoryStream();
        using (var zip = new ZipArchive(jar, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, text) in new[] { ("Same.class", "same"), ("build.properties", content) })
            {
                var entry = zip.CreateEntry(name);
                entry.LastWriteTime = new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);
                using var stream = entry.Open();
                stream.Write(Encoding.UTF8.GetBytes(text));
            }
        }
        return jar.ToArray();
    }

    /// <summary>Logs a version whose pom and jar each builder has its own of, and keeps the files where that is wanted; the build's id.</summary>
    private async Task<string> LogAsync(bool isHeld)
    {
        var seen = new List<ArtifactOutput[]>();
        for (var i = 0; i < _node.Network.Genesis.Quorum; i++)
        {
            var (jar, pom) = (Jar($"time={i}"), Encoding.UTF8.GetBytes($"<project>\n<time>{i}</time>\n</project>\n"));
            seen.Add([await KeepAsync(jar, "odd-1.jar"), await KeepAsync(pom, "odd-1.pom"), await KeepAsync("main"u8.ToArray(), "odd-1.war")]);
        }
        var request = _node.Network.MavenRequest("org.mirror:odd:1", seen[0][2].Digest);
        var (_, verdict) = _node.Log.Conclude(request, i => _node.Network.MavenAnswer(request, i, [.. seen[i]]), seen.Count);
        Assert.Equal(EntryType.Nonreproducible, verdict.Type);
        _node.Publish();
        return verdict.Verdict.Request.ToString();

        async Task<ArtifactOutput> KeepAsync(byte[] bytes, string name)
        {
            var output = isHeld ? await _node.HoldAsync(bytes, MediaTypes.OctetStream) : TestLog.Output(Convert.ToBase64String(bytes), MediaTypes.OctetStream);
            return output with { Name = $"org/mirror/odd/1/{name}" };
        }
    }

    [Fact]
    public async Task Both_digests_of_each_file_are_told_and_the_parts_that_differ()
    {
        var (status, body) = await AskAsync(await LogAsync(isHeld: true));
        Assert.Equal((HttpStatusCode.OK, "nonreproducible", "maven:org.mirror:odd:1"), (status, (string)body["verdict"]!, (string)body["coordinate"]!));
        Assert.Equal(("a0", "a1"), ((string)body["first"]!["builders"]![0]!, (string)body["second"]!["builders"]![0]!));
        var outputs = body["outputs"]!.AsArray();
        Assert.Equal(["org/mirror/odd/1/odd-1.jar", "org/mirror/odd/1/odd-1.pom"], outputs.Select(o => (string)o!["name"]!));
        Assert.Equal((Digest.Of(Jar("time=0")).ToString(), Digest.Of(Jar("time=1")).ToString()), ((string)outputs[0]!["first"]!, (string)outputs[0]!["second"]!));
        var entry = Assert.Single(outputs[0]!["entries"]!.AsArray())!;
        Assert.Equal(("build.properties", "content"), ((string)entry["name"]!, (string)entry["kind"]!));
        var line = Assert.Single(outputs[1]!["entries"]!.AsArray())!;
        Assert.Equal(("line 2", "'<time>0</time>' and '<time>1</time>'"), ((string)line["name"]!, (string)line["detail"]!));
    }

    [Fact]
    public async Task Files_that_nobody_holds_any_more_are_told_by_digest_alone()
    {
        var (status, body) = await AskAsync(await LogAsync(isHeld: false));
        Assert.Equal(HttpStatusCode.OK, status);
        foreach (var output in body["outputs"]!.AsArray())
        {
            Assert.NotEqual((string)output!["first"]!, (string)output["second"]!);
            Assert.Null(output["entries"]);
            Assert.Contains("nobody holds both files", (string)output["note"]!, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_build_whose_results_agree_or_that_is_unknown_has_no_differences()
    {
        var jar = await _node.HoldAsync("jar", MediaTypes.OctetStream) with { Name = "org/mirror/lib/1/lib-1.jar" };
        var (_, verdict) = _node.Log.NotarizeMaven("org.mirror:lib:1", [jar], jar.Digest);
        _node.Publish();
        foreach (var id in new[] { verdict.Verdict.Request.ToString(), new string('0', 64), "" })
            Assert.Equal((HttpStatusCode.NotFound, "no-differences"), await AskAsync(id) is var (status, body) ? (status, (string)body["code"]!) : default);
    }
}
