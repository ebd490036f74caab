using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Pyrsia.Cli;
using Pyrsia.Testing.Provenance;
using Xunit;

namespace Pyrsia.Tests.Cli;

public sealed class BuildFromSourceTests : IDisposable
{
    private const string Id = "0000000000000000000000000000000000000000000000000000000000000001";
    private const string Commit = "0123456789abcdef0123456789abcdef01234567";

    private readonly CliRun _run = new();
    private readonly List<(string Path, JsonNode? Body)> _asked = [];

    public void Dispose() => _run.Dispose();

    /// <summary>Answers every request with the next text; the last one stays.</summary>
    private void Answer(params string[] answers) => _run.Node = request =>
    {
        _asked.Add((request.RequestUri!.PathAndQuery, request.Content is null ? null : JsonNode.Parse(request.Content.ReadAsStream())));
        var answer = answers[Math.Min(_asked.Count, answers.Length) - 1];
        return CliRun.Json(answer, answer.StartsWith("""{"error""", StringComparison.Ordinal) ? HttpStatusCode.NotFound : HttpStatusCode.OK);
    };

    private const string Started = $$"""{"build_id":"{{Id}}","message":"The authorities build it now.","quorum":true,"already_logged":false,"coordinate":"maven:org.acme:lib:1.0"}""";

    [Fact]
    public async Task A_build_from_source_is_asked_for_with_its_commit_and_options()
    {
        Answer(Started);
        Assert.Equal(ExitCode.Done, await _run.Of(
            "build", "maven", "--gav", "org.acme:lib:1.0", "--source", "https://x.example/y.git", "--ref", Commit, "--subdirectory", "sub", "--option", "-DskipTests", "--option=-Prelease",
            "--file", "org/acme/lib/1.0/lib-1.0.jar", "--builder-image", "sha256:aa", "--goal", "clean", "--goal", "deploy", "--jdk", "21", "--tool-version", "3.9.9"));
        Assert.Equal($"Build request successfully handled. Build with ID '{Id}' has been started.", _run.Out.Trim());
        var body = Assert.Single(_asked).Body!;
        Assert.Equal(
            $$"""{"gav":"org.acme:lib:1.0","source":"https://x.example/y.git","revision":"{{Commit}}","subdirectory":"sub","goals":["clean","deploy"],"options":["-DskipTests","-Prelease"],"outputs":["org/acme/lib/1.0/lib-1.0.jar"],"builder_image":"sha256:aa","jdk":21,"tool_version":"3.9.9"}""",
            body.ToJsonString());
    }

    [Fact]
    public async Task An_image_of_an_artifact_is_asked_for_with_what_goes_where()
    {
        Answer(Started);
        Assert.Equal(ExitCode.Done, await _run.Of(
            "build", "docker", "--image", "acme/app:1.0", "--source", "org.acme:lib:1.0", "--base", "base:1", "--copy", "lib-1.0.jar=/app/lib.jar", "--copy-program", "run.sh=/app/run=1", "--entrypoint",
            """["java", "-jar", "/app/lib.jar"]""", "--env", "MODE=a=b", "--user", "1000", "--workdir", "/app"));
        Assert.Equal(
            """{"base":"base:1","files":[{"file":"lib-1.0.jar","path":"/app/lib.jar","executable":false},{"file":"run.sh","path":"/app/run=1","executable":true}],"entrypoint":["java","-jar","/app/lib.jar"],"environment":["MODE=a=b"],"user":"1000","working_directory":"/app"}""",
            Assert.Single(_asked).Body!["assembly"]!.ToJsonString());
        Assert.Equal("maven:org.acme:lib:1.0", (string?)_asked[0].Body!["source"]);
        Assert.Equal(ExitCode.Done, await _run.Of("build", "docker", "--image", "acme/app:1.0", "--source", "generic:words:1.0", "--entrypoint", "/words"));
        Assert.Equal("""{"image":"acme/app:1.0","source":"generic:words:1.0","assembly":{"entrypoint":["/words"]}}""", _asked[1].Body!.ToJsonString());
        Assert.Equal(ExitCode.Usage, await _run.Of("build", "docker", "--image", "acme/app:1.0", "--source", "org.acme:lib:1.0", "--copy", "lib-1.0.jar"));
        Assert.Equal(ExitCode.Usage, await _run.Of("build", "docker", "--image", "acme/app:1.0", "--source", "org.acme:lib:1.0", "--entrypoint", "[java]"));
        Assert.Equal(2, _asked.Count);
    }

    [Fact]
    public async Task A_request_is_taken_back_by_its_id()
    {
        Answer($$"""{"build_id":"{{Id}}","message":"The authorities stop working on it.","quorum":true,"already_logged":false}""");
        Assert.Equal(ExitCode.Done, await _run.Of("build", "cancel", "--id", Id));
        Assert.Equal(("/build/cancel", $$"""{"build_id":"{{Id}}"}"""), (_asked[0].Path, _asked[0].Body!.ToJsonString()));
        Assert.Equal($"The cancellation of the build '{Id}' is handed in. The authorities stop working on it.", _run.Out.Trim());
        Answer("""{"error":"nobody knows it","code":"unknown-build"}""");
        Assert.Equal(ExitCode.NotFound, await _run.Of("build", "cancel", "--id", Id));
    }

    [Fact]
    public async Task What_has_to_be_approved_first_is_said()
    {
        Answer($$"""{"build_id":"{{Id}}","message":"No mapping names this source yet: pyrsia mapping approve m1 --keys DIR","quorum":true,"already_logged":false,"coordinate":"src/aa","mapping_id":"m1"}""");
        Assert.Equal(ExitCode.Done, await _run.Of("build", "maven", "--gav", "org.acme:lib:1.0", "--source", "https://x.example/y.git", "--ref", Commit));
        Assert.Contains($"Build with ID '{Id}' has been started.", _run.Out, StringComparison.Ordinal);
        Assert.Contains("pyrsia mapping approve m1", _run.Out, StringComparison.Ordinal);
        await _run.Of("build", "maven", "--gav", "org.acme:lib:1.0", "--source", "https://x.example/y.git", "--ref", Commit, "--output", "json");
        Assert.Equal(("src/aa", "m1"), JsonNode.Parse(_run.Out) is var json ? ((string)json!["coordinate"]!, (string)json["mapping_id"]!) : default);
    }

    [Fact]
    public async Task A_specification_is_read_from_a_file_and_checked_here()
    {
        Answer(Started);
        var path = _run["spec.json"];
        await File.WriteAllBytesAsync(path, SourceBuilds.Specification.ToBytes(), TestContext.Current.CancellationToken);
        Assert.Equal(ExitCode.Done, await _run.Of("build", "maven", "--spec", path));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(SourceBuilds.Specification.ToBytes()), _asked[0].Body!["specification"]));
        Assert.Equal(ExitCode.Usage, await _run.Of("build", "maven", "--spec", path, "--gav", "org.acme:lib:1.0"));
        await File.WriteAllTextAsync(path, """{"apiVersion":"1"}""", TestContext.Current.CancellationToken);
        Assert.Equal(ExitCode.Usage, await _run.Of("build", "maven", "--spec", path));
        Assert.Contains("spec.json: build specification:", _run.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.NotFound, await _run.Of("build", "maven", "--spec", _run["none.json"]));
        Assert.Single(_asked);
    }

    [Theory]
    [InlineData("--source", "https://x.example/y.git")]
    [InlineData("--ref", "v1.0")]
    [InlineData("--source", "ssh://x.example/y.git", "--ref", "v1.0")]
    [InlineData("--source", "https://x.example/y.git", "--ref", "--upload-pack=x")]
    [InlineData("--source", "https://x.example/y.git", "--ref", "a b")]
    public async Task A_source_that_is_none_is_wrong_usage(params string[] options)
    {
        Assert.Equal(ExitCode.Usage, await _run.Of(["build", "maven", "--gav", "org.acme:lib:1.0", .. options]));
        Assert.Empty(_asked);
    }

    [Fact]
    public async Task Status_names_the_phase()
    {
        _run.Node = _ =>
        {
            var answer = CliRun.Json("\"Running\"");
            answer.Headers.Add("Pyrsia-Phase", "planning");
            return answer;
        };
        Assert.Equal(ExitCode.Done, await _run.Of("build", "status", "--id", Id));
        Assert.StartsWith($"Build status for '{Id}' is 'RUNNING'", _run.Out, StringComparison.Ordinal);
        Assert.Contains("planning", _run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("failed: build-error (log entry 9)", "build-error", "build logs --id")]
    [InlineData("failed: dependency-unverified (log entry 9)", "dependency-unverified", "build logs --id")]
    [InlineData("failed: commit-not-found (log entry 9)", "commit-not-found", "pushed")]
    public async Task A_build_that_failed_says_where_to_look(string failure, string code, string advice)
    {
        Answer(Started, $$"""{"Failure":"{{failure}}"}""");
        Assert.Equal(ExitCode.BuildFailed, await _run.Of("build", "maven", "--gav", "org.acme:lib:1.0", "--source", "https://x.example/y.git", "--ref", Commit, "--wait"));
        Assert.Contains($"({code})", _run.Error, StringComparison.Ordinal);
        Assert.Contains(advice, _run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_list_has_one_line_a_request()
    {
        Answer($$"""[{"build_id":"{{Id}}","coordinate":"maven:org.acme:lib:1.0","state":"planning","index":17}]""");
        Assert.Equal(ExitCode.Done, await _run.Of("build", "list"));
        Assert.Matches($"{Id} +planning +17 +maven:org.acme:lib:1.0", _run.Out);
    }

    private static string Piece(string text, int offset, bool ended) =>
        $$"""{"authority":"a1","offset":{{offset}},"bytes":"{{Convert.ToBase64String(Encoding.UTF8.GetBytes(text))}}","ended":{{(ended ? "true" : "false")}}}""";

    [Fact]
    public async Task Logs_are_printed_piece_by_piece_and_cannot_steer_the_terminal()
    {
        Answer(Piece("one\n", 0, false), Piece("two\x1b[2J\n", 4, true));
        Assert.Equal(ExitCode.Done, await _run.Of("build", "logs", "--id", Id));
        Assert.Equal("one\ntwo\uFFFD[2J\n", _run.Out);
        Assert.Equal((4, "a1"), ((int)_asked[1].Body!["offset"]!, (string)_asked[1].Body!["authority"]!));
    }

    [Fact]
    public async Task Following_a_log_goes_on_over_the_second_pass_until_there_is_a_verdict()
    {
        // Status and log take turns: the first pass ends, the second begins its log anew.
        Answer("\"Running\"", Piece("first pass\n", 0, true), "\"Running\"", Piece("second\n", 0, false), Piece("", 7, false), """{"Success":{"coordinate":"c","digest":"d","entry_index":7,"builders":[]}}""", Piece("pass\n", 7, true));
        _run.Time = new InstantTime();
        Assert.Equal(ExitCode.Done, await _run.Of("build", "logs", "--id", Id, "--follow"));
        Assert.Equal("first pass\nsecond\npass\n", _run.Out);
    }

    [Fact]
    public async Task A_build_without_a_log_is_not_found()
    {
        Answer("""{"error":"No authority has a log.","code":"no-log"}""");
        Assert.Equal(ExitCode.NotFound, await _run.Of("build", "logs", "--id", Id));
        Assert.Contains("(no-log)", _run.Error, StringComparison.Ordinal);
    }

    /// <summary>A clock whose delays are over at once.</summary>
    private sealed class InstantTime : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime > TimeSpan.Zero ? TimeSpan.Zero : dueTime, period);
    }
}
