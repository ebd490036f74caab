using System.Text.Json;
using Pyrsia.Cli;
using Xunit;

namespace Pyrsia.Tests.Cli;

public sealed class UsageTests : IDisposable
{
    private readonly CliRun _run = new();

    public void Dispose() => _run.Dispose();

    [Theory]
    [InlineData("help")]
    [InlineData("-h")]
    [InlineData("--help")]
    public async Task Help_shows_usage_commands_and_options(string word)
    {
        Assert.Equal(ExitCode.Done, await _run.Of(word));
        foreach (var part in new[] { "Usage:", "Commands:", "Options:", "ping", "verify", "testnet" }) Assert.Contains(part, _run.Out, StringComparison.Ordinal);
        Assert.Equal("", _run.Error);
    }

    [Theory]
    [InlineData("build", "docker")]
    [InlineData("build", "maven")]
    [InlineData("-b", "docker")]
    [InlineData("inspect-log", "docker")]
    [InlineData("inspect-log", "maven")]
    [InlineData("log", "checkpoint")]
    public async Task A_group_alone_is_wrong_usage_and_shows_its_commands(string group, string part)
    {
        Assert.Equal(ExitCode.Usage, await _run.Of(group));
        Assert.Contains("Usage:", _run.Error, StringComparison.Ordinal);
        Assert.Contains(part, _run.Error, StringComparison.Ordinal);
        Assert.Equal("", _run.Out);
    }

    [Fact]
    public async Task Help_of_a_command_is_the_same_in_both_spellings()
    {
        Assert.Equal(ExitCode.Done, await _run.Of("help", "build", "status"));
        var help = _run.Out;
        Assert.Contains("--id", help, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, await _run.Of("-b", "status", "--help"));
        Assert.Equal(help, _run.Out);
    }

    [Theory]
    [InlineData("--version")]
    [InlineData("-V")]
    public async Task Version_names_the_program(string word)
    {
        Assert.Equal(ExitCode.Done, await _run.Of(word));
        Assert.StartsWith("pyrsia_cli 0.", _run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("frobnicate")]
    [InlineData("ping", "--frobnicate")]
    [InlineData("build", "docker")]
    [InlineData("ping", "--output", "yaml")]
    [InlineData("ping", "--node", "not an address")]
    [InlineData("build", "docker", "--image", "x", "--wait", "--timeout", "soon")]
    [InlineData("log", "entry", "many")]
    [InlineData("inspect-log", "docker", "--image", "x", "--fields", "colour")]
    [InlineData("inspect-log", "docker", "--image", "UPPER")]
    [InlineData("build", "maven")]
    [InlineData("build", "maven", "--gav", "group:artifact")]
    [InlineData("inspect-log", "maven", "--gav", "a:b:LATEST")]
    [InlineData("verify", "maven:a:b:[1,2)", "--offline")]
    [InlineData("verify", "alpine:3.16")]
    public async Task Wrong_usage_exits_2_and_says_what_to_do(params string[] args)
    {
        Assert.Equal(ExitCode.Usage, await _run.Of(args));
        Assert.Matches(@"^Error: .+ \(usage\)\r?\n.+", _run.Error);
        Assert.Equal("", _run.Out);
    }

    [Fact]
    public async Task Errors_are_one_JSON_object_when_JSON_is_asked_for()
    {
        Assert.Equal(ExitCode.Unreachable, await _run.Of("ping", "--output", "json"));
        using var error = JsonDocument.Parse(_run.Error);
        Assert.Equal("node-unreachable", error.RootElement.GetProperty("code").GetString());
        Assert.Equal(ExitCode.Unreachable, error.RootElement.GetProperty("exit_code").GetInt32());
        Assert.NotEqual("", error.RootElement.GetProperty("advice").GetString());
        Assert.Equal(ExitCode.Usage, await _run.Of("ping", "--output", "json", "--frobnicate"));
        Assert.Equal("usage", JsonDocument.Parse(_run.Error).RootElement.GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_missing_network_file_is_wrong_usage_and_the_text_says_how_to_get_one()
    {
        Assert.Equal(ExitCode.Usage, await _run.Of("verify", "alpine:3.16", "--network", _run["absent.json"]));
        Assert.Contains("somebody you trust", _run.Error, StringComparison.Ordinal);
        await File.WriteAllTextAsync(_run["bad.json"], "{}", TestContext.Current.CancellationToken);
        Assert.Equal(ExitCode.Usage, await _run.Of("verify", "alpine:3.16", "--network", _run["bad.json"]));
        Assert.Contains("bad.json", _run.Error, StringComparison.Ordinal);
    }
}
