using System.Text.Json;
using Pyrsia.Cli;
using Pyrsia.Provenance.Network;
using Xunit;

namespace Pyrsia.Tests.Cli;

public sealed class TestnetTests : IDisposable
{
    private readonly CliRun _run = new();

    public void Dispose() => _run.Dispose();

    private static JsonElement Json(string path) => JsonDocument.Parse(File.ReadAllBytes(path)).RootElement;

    [Fact]
    public async Task Init_writes_keys_network_file_and_configuration_that_belong_together()
    {
        var directory = _run["net"];
        Assert.Equal(ExitCode.Done, await _run.Of("testnet", "init", "--dir", directory, "--nodes", "1", "--upstream", "docker.io=oci:layout"));
        Assert.True(NetworkFile.TryParse(await File.ReadAllBytesAsync(Path.Combine(directory, "network.json"), TestContext.Current.CancellationToken), null, out var network, out var error), error);
        Assert.Equal((4, 3, 2), (network.Genesis.Authorities.Length, network.Genesis.Quorum, network.Genesis.Threshold));
        Assert.True(network.Genesis.TestNetwork);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(Path.Combine(directory, "operator.key")));
        var file = Json(Path.Combine(directory, "testnet.json"));
        Assert.Equal(network.Genesis.Authorities.Select(a => a.PeerId), file.GetProperty("authorities").EnumerateArray().Select(a => a.GetProperty("peerId").GetString()));
        Assert.Equal(network.Bootstrap, file.GetProperty("authorities").EnumerateArray().Select(a => a.GetProperty("p2p")[0].GetString()!));
        Assert.Equal(1, file.GetProperty("nodes").GetArrayLength());
        var members = file.GetProperty("authorities").EnumerateArray().Concat(file.GetProperty("nodes").EnumerateArray()).ToArray();
        Assert.Equal(5, members.Select(m => m.GetProperty("http").GetString()).Distinct().Count());
        foreach (var member in members)
        {
            var configuration = Json(Path.Combine(directory, member.GetProperty("name").GetString()!, "config.json"));
            Assert.EndsWith($":{configuration.GetProperty("port").GetInt32()}", member.GetProperty("http").GetString(), StringComparison.Ordinal);
            Assert.Equal($"docker.io=oci:{Path.GetFullPath("layout")}", configuration.GetProperty("upstream")[0].GetString());
        }
    }

    [Fact]
    public async Task Init_says_what_is_built_and_with_what()
    {
        Directory.CreateDirectory(_run["images"]);
        Assert.Equal(ExitCode.Done, await _run.Of("testnet", "init", "--dir", _run["net"], "--built", "maven:org.acme", "--builder", "bubblewrap,docker", "--builder-images", _run["images"], "--docker-socket", "/run/engine.sock"));
        Assert.True(NetworkFile.TryParse(await File.ReadAllBytesAsync(Path.Combine(_run["net"], "network.json"), TestContext.Current.CancellationToken), null, out var network, out var error), error);
        Assert.Equal(
            [ArtifactKind.Built, ArtifactKind.Notarized, ArtifactKind.Notarized, ArtifactKind.Built],
            new[] { "maven:org.acme.lib:a:1", "maven:org.other:a:1", "docker:docker.io/library/a:1", "generic:a:1" }.Select(c => network.Genesis.KindOf(c)!.Value));
        foreach (var (name, kind) in new[] { ("authority-1", "bubblewrap"), ("authority-2", "docker"), ("authority-3", "bubblewrap") })
        {
            var configuration = Json(Path.Combine(_run["net"], name, "config.json"));
            Assert.Equal((kind, _run["images"], "/run/engine.sock"), (configuration.GetProperty("builder").GetString(), configuration.GetProperty("builder-images").GetString(), configuration.GetProperty("docker-socket").GetString()));
        }
        Assert.False(Json(Path.Combine(_run["net"], "node-1", "config.json")).TryGetProperty("builder", out _));
    }

    [Fact]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public async Task Init_takes_the_databases_password_from_a_file_of_its_owner_and_from_no_command_line()
    {
        const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await File.WriteAllTextAsync(_run["database"], "Host=db;Username=u;Password=secret\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(_run["database"], owner | UnixFileMode.GroupRead);
        Assert.Equal(ExitCode.Usage, await _run.Of("testnet", "init", "--dir", _run["net"], "--storage", $"postgres=@{_run["database"]}"));
        Assert.Contains("chmod 0600", _run.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, await _run.Of("testnet", "init", "--dir", _run["net"], "--storage", "postgres=Host=db;Password=secret"));
        Assert.Contains("a password on a command line can be read by everybody", _run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", _run.Error, StringComparison.Ordinal);

        File.SetUnixFileMode(_run["database"], owner);
        Assert.Equal(ExitCode.Done, await _run.Of("testnet", "init", "--dir", _run["net"], "--nodes", "0", "--storage", $"postgres=@{_run["database"]}"));
        var path = Path.Combine(_run["net"], "authority-1", "config.json");
        Assert.Equal(("postgres", "Host=db;Username=u;Password=secret;Search Path=authority_1"), (Json(path).GetProperty("storage").GetString(), Json(path).GetProperty("connection-string").GetString()));
        Assert.Equal(owner, File.GetUnixFileMode(path));
    }

    [Fact]
    public async Task Init_does_not_touch_a_network_that_is_there()
    {
        Assert.Equal(ExitCode.Done, await _run.Of("testnet", "init", "--dir", _run["net"], "--base-port", "20000"));
        Assert.Equal("http://127.0.0.1:20000", Json(Path.Combine(_run["net"], "testnet.json")).GetProperty("authorities")[0].GetProperty("http").GetString());
        var before = await File.ReadAllTextAsync(Path.Combine(_run["net"], "network.json"), TestContext.Current.CancellationToken);
        Assert.Equal(ExitCode.Usage, await _run.Of("testnet", "init", "--dir", _run["net"]));
        Assert.Equal(before, await File.ReadAllTextAsync(Path.Combine(_run["net"], "network.json"), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("--authorities", "3")]
    [InlineData("--nodes", "-1")]
    [InlineData("--base-port", "65535")]
    [InlineData("--upstream", "docker.io")]
    [InlineData("--upstream", "docker.io=ftp://x")]
    [InlineData("--built", "docker:docker.io/a b")]
    [InlineData("--builder", "bubblewrap,podman")]
    [InlineData("--builder-images", "no-such-folder")]
    [InlineData("--storage", "postgres=")]
    [InlineData("--storage", "postgres=Host=db;Password=secret")]
    [InlineData("--storage", "postgres=Host=db;PWD=secret")]
    [InlineData("--storage", "postgres=nothing")]
    [InlineData("--storage", "postgres=@no-such-file")]
    public async Task Init_refuses_what_cannot_work(string option, string value)
    {
        Assert.Equal(ExitCode.Usage, await _run.Of("testnet", "init", "--dir", _run["net"], option, value));
        Assert.False(File.Exists(Path.Combine(_run["net"], "testnet.json")));
    }

    [Theory]
    [InlineData("up")]
    [InlineData("down")]
    [InlineData("status")]
    public async Task A_directory_without_a_network_is_not_found(string command)
    {
        Assert.Equal(ExitCode.NotFound, await _run.Of("testnet", command, "--dir", _run["none"]));
        Assert.Contains("testnet init", _run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Down_leaves_a_process_alone_that_is_not_the_one_recorded()
    {
        Assert.Equal(ExitCode.Done, await _run.Of("testnet", "init", "--dir", _run["net"]));
        var path = Path.Combine(_run["net"], "testnet.json");
        var text = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(path, text.Replace("\"pid\": null", $"\"pid\": {Environment.ProcessId}", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        Assert.Equal(ExitCode.Done, await _run.Of("testnet", "down", "--dir", _run["net"]));
        Assert.Contains("Ended 0 processes", _run.Out, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, await _run.Of("testnet", "status", "--dir", _run["net"]));
        Assert.Contains("stopped", _run.Out, StringComparison.Ordinal);
    }
}
