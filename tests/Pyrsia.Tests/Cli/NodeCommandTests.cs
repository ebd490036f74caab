using System.Net;
using System.Text.Json;
using Pyrsia.Cli;
using Xunit;

namespace Pyrsia.Tests.Cli;

public sealed class NodeCommandTests : IDisposable
{
    private const string Status = """
        {"peers_count":3,"peer_id":"12D3","peer_addrs":["/ip4/127.0.0.1/tcp/4001/p2p/12D3"],"version":"0.1.0","role":"node","reachability":"unknown",
         "store":{"blobs":2,"bytes":1500000},"log":{"origin":"log.example/pyrsia","size":17,"age_seconds":61},"transfers":{"bytes_in":5,"bytes_out":7,"peers":{}}}
        """;

    private const string Id = "0000000000000000000000000000000000000000000000000000000000000001";

    private readonly CliRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public async Task Ping_says_the_words_of_the_original()
    {
        _run.Node = _ => CliRun.Json("{}");
        Assert.Equal(ExitCode.Done, await _run.Of("ping"));
        Assert.Equal("Connection Successful !!", _run.Out.Trim());
    }

    [Fact]
    public async Task Ping_of_a_server_that_refuses_is_no_success()
    {
        _run.Node = _ => new HttpResponseMessage(HttpStatusCode.InternalServerError);
        Assert.Equal(ExitCode.Failed, await _run.Of("ping"));
        Assert.StartsWith("Error: ", _run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_node_comes_from_the_option_then_the_environment()
    {
        var asked = new List<string>();
        _run.Node = request =>
        {
            asked.Add(request.RequestUri!.Authority);
            return CliRun.Json("{}");
        };
        await _run.Of("ping");
        _run.Variables["PYRSIA_NODE"] = "http://127.0.0.1:1111";
        await _run.Of("ping");
        await _run.Of("--node", "http://127.0.0.1:2222", "ping");
        Assert.Equal(["127.0.0.1:7888", "127.0.0.1:1111", "127.0.0.1:2222"], asked);
    }

    [Theory]
    [InlineData("status")]
    [InlineData("-s")]
    public async Task Status_shows_the_count_of_peers_in_the_words_of_the_original(string word)
    {
        _run.Node = _ => CliRun.Json(Status);
        Assert.Equal(ExitCode.Done, await _run.Of(word));
        Assert.StartsWith("Connected Peers Count:       3", _run.Out, StringComparison.Ordinal);
        foreach (var part in new[] { "12D3", "/ip4/127.0.0.1/tcp/4001", "unknown", "1.5 MB in 2 blobs", "17 entries", "61 seconds" }) Assert.Contains(part, _run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_says_why_there_is_no_QUIC_and_nothing_of_it_when_the_node_does_not_say()
    {
        _run.Node = _ => CliRun.Json(Status[..^1] + ""","quic":"not available: libmsquic is not installed"}""");
        Assert.Equal(ExitCode.Done, await _run.Of("status"));
        Assert.Matches("(?m)^QUIC: +not available: libmsquic is not installed$", _run.Out);
        _run.Node = _ => CliRun.Json(Status);
        Assert.Equal(ExitCode.Done, await _run.Of("status"));
        Assert.DoesNotContain("QUIC:", _run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_as_JSON_is_what_the_node_said()
    {
        _run.Node = _ => CliRun.Json(Status);
        Assert.Equal(ExitCode.Done, await _run.Of("status", "--output", "json"));
        Assert.True(JsonElement.DeepEquals(JsonDocument.Parse(Status).RootElement, JsonDocument.Parse(_run.Out).RootElement));
    }

    [Theory]
    [InlineData("list")]
    [InlineData("-l")]
    public async Task List_gives_one_line_a_peer(string word)
    {
        _run.Node = _ => CliRun.Json("""[{"peer_id":"12D3A","address":"/ip4/10.0.0.1/tcp/1","rtt_ms":1.25,"agent":"pyrsia/0.1","role":"authority","state":"suspected"}]""");
        Assert.Equal(ExitCode.Done, await _run.Of(word));
        var lines = _run.Out.Trim().Split('\n');
        Assert.Equal("Connected Peers:", lines[0].Trim());
        Assert.Matches("^12D3A +/ip4/10.0.0.1/tcp/1 +1.[23] ms +pyrsia/0.1 +authority +\\(suspected\\)", lines[1]);
    }

    [Fact]
    public async Task Build_diff_tells_digests_parts_and_what_was_not_looked_into()
    {
        _run.Node = _ => CliRun.Json("""
            {"build_id":"1","coordinate":"maven:a:b:1","verdict":"nonreproducible","entry_index":9,"first":{"builders":["a0","a2"],"entries":[5,7]},"second":{"builders":["a1"],"entries":[6]},
             "outputs":[{"name":"b-1.jar","first":"sha256:aa","first_size":3,"second":"sha256:bb","second_size":4,"entries":[{"name":"x.txt","kind":"time","detail":"1 and 2"}]},
                        {"name":"b-1.pom","first":"sha256:cc","first_size":5,"note":"nobody holds it"}]}
            """);
        Assert.Equal(ExitCode.Done, await _run.Of("build", "diff", "--id", "1"));
        foreach (var part in new[] { "maven:a:b:1: nonreproducible (log entry 9)", "a0, a2 (log entries 5, 7)", "sha256:bb, 4 bytes", "x.txt: time: 1 and 2", "second: no such file", "(nobody holds it)" })
            Assert.Contains(part, _run.Out, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, await _run.Of("build", "diff", "--id", "1", "--output", "json"));
        Assert.Contains("\"entry_index\": 9", _run.Out, StringComparison.Ordinal);
    }

    private static HttpResponseMessage Started(bool quorum = true) =>
        CliRun.Json($$"""{"build_id":"{{Id}}","message":"The authorities fetch it.","quorum":{{(quorum ? "true" : "false")}},"already_logged":false}""");

    private void Builds(string status, bool quorum = true) => _run.Node = request =>
    {
        if (request.RequestUri!.AbsolutePath == "/build/docker") return Started(quorum);
        var response = CliRun.Json(status);
        if (!quorum) response.Headers.Add("Pyrsia-Quorum", "false");
        return response;
    };

    [Fact]
    public async Task Build_says_the_id_in_the_words_of_the_original()
    {
        Builds("\"Running\"");
        Assert.Equal(ExitCode.Done, await _run.Of("-b", "docker", "--image", "alpine:3.16"));
        Assert.Equal($"Build request successfully handled. Build with ID '{Id}' has been started.", _run.Out.Trim());
    }

    [Fact]
    public async Task Build_without_quorum_warns_and_with_wait_times_out()
    {
        Builds("\"Running\"", quorum: false);
        Assert.Equal(ExitCode.Done, await _run.Of("build", "docker", "--image", "alpine:3.16"));
        Assert.Contains("no quorum", _run.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.TimedOut, await _run.Of("build", "docker", "--image", "alpine:3.16", "--wait", "--timeout", "0s"));
        Assert.Contains("(no-quorum)", _run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Build_waits_until_it_is_verified()
    {
        var asked = 0;
        _run.Node = request => request.RequestUri!.AbsolutePath == "/build/docker" ? Started()
            : ++asked < 3 ? CliRun.Json("\"Running\"")
            : CliRun.Json("""{"Success":{"coordinate":"docker:docker.io/library/alpine:3.16","digest":"sha256:aa","entry_index":7,"builders":["a0","a1"]}}""");
        Assert.Equal(ExitCode.Done, await _run.Of("build", "docker", "--image", "alpine:3.16", "--wait"));
        Assert.Equal(3, asked);
        Assert.Contains("verified docker:docker.io/library/alpine:3.16", _run.Out, StringComparison.Ordinal);
        Assert.Contains("a0, a1", _run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("failed: unknown-image (log entry 9)", ExitCode.NotFound, "unknown-image")]
    [InlineData("failed: tag-moved (log entry 9)", ExitCode.BuildFailed, "tag-moved")]
    [InlineData("failed: upstream-unavailable (log entry 9)", ExitCode.BuildFailed, "upstream-unavailable")]
    [InlineData("nonreproducible (log entry 9)", ExitCode.BuildFailed, "nonreproducible")]
    [InlineData("unverified (log entry 9)", ExitCode.PolicyNotMet, "unverified")]
    public async Task A_build_that_does_not_end_well_has_its_own_exit_code_and_word(string failure, int exitCode, string code)
    {
        Builds($$"""{"Failure":"{{failure}}"}""");
        Assert.Equal(exitCode, await _run.Of("build", "docker", "--image", "alpine:3.16", "--wait"));
        Assert.Contains($"({code})", _run.Error, StringComparison.Ordinal);
        Assert.Equal(exitCode, await _run.Of("build", "status", "--id", Id));
        Assert.Equal($"Build status for '{Id}' is 'FAILED - (Error: {failure})'", _run.Out.Trim());
    }

    [Theory]
    [InlineData(404, "unknown-image", ExitCode.NotFound)]
    [InlineData(400, "invalid-request", ExitCode.Usage)]
    [InlineData(502, "upstream-unavailable", ExitCode.BuildFailed)]
    [InlineData(503, "no-authority", ExitCode.Failed)]
    public async Task A_request_that_the_node_refuses_ends_with_the_words_of_the_original(int status, string code, int exitCode)
    {
        _run.Node = _ => CliRun.Json($$"""{"error":"It says no.","code":"{{code}}","advice":"Do something else."}""", (HttpStatusCode)status);
        Assert.Equal(exitCode, await _run.Of("build", "docker", "--image", "alpine:3.16"));
        Assert.Equal($"Error: Build request failed with error: It says no. ({code})\nDo something else.", _run.Error.Trim().ReplaceLineEndings("\n"));
        Assert.DoesNotContain("successfully", _run.Out + _run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Build_status_uses_the_words_of_the_original()
    {
        _run.Node = _ => CliRun.Json("\"Running\"");
        Assert.Equal(ExitCode.Done, await _run.Of("build", "status", "--id", Id));
        Assert.Equal($"Build status for '{Id}' is 'RUNNING'", _run.Out.Trim());
        _run.Node = _ => CliRun.Json("""{"Success":{"coordinate":"c","digest":"d","entry_index":7,"builders":[]}}""");
        Assert.Equal(ExitCode.Done, await _run.Of("build", "status", "--id", Id));
        Assert.StartsWith($"Build status for '{Id}' is 'SUCCESS'", _run.Out, StringComparison.Ordinal);
        _run.Node = _ => CliRun.Json("""{"error":"Failed to fetch the build: nobody knows it.","code":"unknown-build"}""", HttpStatusCode.NotFound);
        Assert.Equal(ExitCode.NotFound, await _run.Of("build", "status", "--id", Id));
        Assert.Contains($"'{Id}' was not found: Failed to fetch", _run.Error, StringComparison.Ordinal);
        Assert.Contains("inspect-log", _run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inspect_log_prints_JSON_or_CSV_and_only_the_fields_asked_for()
    {
        _run.Node = _ => CliRun.Json("""
            [{"index":4,"type":"verified","package_type":"Docker","package_specific_id":"docker.io/library/alpine:3.16","request_id":"r","digest":"sha256:a","verdict":"verified, \"so\"","timestamp":12,"entries":[1,2]}]
            """);
        Assert.Equal(ExitCode.Done, await _run.Of("inspect-log", "docker", "--image", "alpine:3.16"));
        Assert.Contains("alpine:3.16", _run.Out, StringComparison.Ordinal);
        Assert.Equal(4, JsonDocument.Parse(_run.Out).RootElement[0].GetProperty("index").GetInt32());
        Assert.Equal(ExitCode.Done, await _run.Of("inspect-log", "docker", "--image", "alpine:3.16", "--fields", "type,index"));
        Assert.Equal("""[{"type":"verified","index":4}]""", JsonDocument.Parse(_run.Out).RootElement.GetRawText().Replace(" ", "", StringComparison.Ordinal).ReplaceLineEndings(""));
        Assert.Equal(ExitCode.Done, await _run.Of("inspect-log", "docker", "--image", "alpine:3.16", "--format", "csv", "--output", "json", "--fields", "index,verdict,builder,entries"));
        Assert.Equal("index,verdict,builder,entries\n4,\"verified, \"\"so\"\"\",,1 2", _run.Out.Trim().ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task Inspect_log_of_an_unknown_image_is_an_empty_array()
    {
        _run.Node = _ => CliRun.Json("[]");
        Assert.Equal(ExitCode.Done, await _run.Of("inspect-log", "docker", "--image", "alpine:3.15"));
        Assert.Equal("[]", _run.Out.Trim());
    }
}
