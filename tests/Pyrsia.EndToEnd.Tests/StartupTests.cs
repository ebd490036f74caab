using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Pyrsia.EndToEnd.Tests.Harness;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.EndToEnd.Tests;

/// <summary>Whatever is wrong at the start is told in two lines, with the right exit code.</summary>
public sealed class StartupTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    private string[] Arguments(params string[] more) => ["--data-dir", _directory["data"], "--listen", "/ip4/127.0.0.1/tcp/0", .. more.Contains("--port") ? [] : new[] { "--port", "0" }, .. more];

    private async Task RefusedAsync(int exitCode, string message, params string[] more)
    {
        var result = await Command.RunAsync(Programs.Node, Arguments(more));
        Assert.True(result.ExitCode == exitCode, result.ToString());
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        var lines = result.Error.Trim().Split('\n');
        Assert.True(lines.Length == 2, result.ToString());
        Assert.StartsWith("Error: ", lines[0], StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Output + result.Error, StringComparison.Ordinal);
    }

    private async Task<JsonObject> NetworkAsync()
    {
        await Command.MustAsync(Programs.Cli, "testnet", "init", "--dir", _directory["net"], "--upstream", $"docker.io=oci:{_directory["none"]}");
        return JsonNode.Parse(await File.ReadAllTextAsync(_directory["net/network.json"], Cancel))!.AsObject();
    }

    private string Write(JsonNode network)
    {
        File.WriteAllText(_directory["network.json"], network.ToJsonString());
        return _directory["network.json"];
    }

    [Fact]
    public Task A_network_file_that_is_missing() => RefusedAsync(1, "cannot be read", "--network", _directory["nowhere.json"]);

    [Fact]
    public async Task A_network_file_that_is_no_JSON()
    {
        await File.WriteAllTextAsync(_directory["network.json"], "{ \"origin\": ", Cancel);
        await RefusedAsync(1, "not JSON", "--network", _directory["network.json"]);
    }

    [Fact]
    public async Task A_network_file_with_a_wrong_field()
    {
        var network = await NetworkAsync();
        var authority = network["authorities"]!["members"]![0]!.AsObject();
        var peerId = (string)authority["peerId"]!;
        authority["peerId"] = "nobody";
        await RefusedAsync(1, "'nobody' is no peer id", "--network", Write(network));
        authority["peerId"] = peerId;
        network["bootstrap"] = new JsonArray("somewhere");
        await RefusedAsync(1, "'somewhere' is no multiaddr", "--network", Write(network));
        network["bootstrap"] = new JsonArray();
        network["builders"]!["threshold"] = "many";
        await RefusedAsync(1, "threshold", "--network", Write(network));
    }

    [Fact]
    public async Task A_port_that_is_in_use()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        await RefusedAsync(1, $"127.0.0.1:{port} is in use", "--port", $"{port}");
        await RefusedAsync(1, $"Cannot listen on /ip4/127.0.0.1/tcp/{port}", "--listen", $"/ip4/127.0.0.1/tcp/{port}");
    }

    [Theory]
    [InlineData("--port", "70000", "is no port")]
    [InlineData("--host", "0.0.0.0", "is not a loopback address")]
    [InlineData("--dead-after", "0.5", "must be from 1 second")]
    [InlineData("--upstream", "docker.io", "is no upstream")]
    [InlineData("--listen", "nowhere", "is no multiaddr")]
    public Task An_option_with_a_wrong_value(string option, string value, string message) => RefusedAsync(2, message, option, value);

    [Fact]
    public async Task A_data_directory_that_is_a_file()
    {
        await File.WriteAllTextAsync(_directory["data"], "", Cancel);
        await RefusedAsync(1, "cannot be used");
    }

    [Fact]
    public async Task A_data_directory_of_a_newer_format()
    {
        Directory.CreateDirectory(_directory["data"]);
        await File.WriteAllTextAsync(_directory["data/format.json"], "{\"format\":99}", Cancel);
        await RefusedAsync(1, "has format 99");
        await File.WriteAllTextAsync(_directory["data/format.json"], "x", Cancel);
        await RefusedAsync(1, "is damaged");
    }

    [Fact]
    public async Task A_data_directory_that_another_process_uses()
    {
        await using var first = Daemon.Start(Programs.Node, Arguments());
        await first.HearAsync("Listening for peers", Cancel);
        await RefusedAsync(1, "is in use by another process");
    }

    [Fact]
    public async Task An_identity_that_others_may_read_or_that_is_damaged()
    {
        await using (var first = Daemon.Start(Programs.Node, Arguments())) await first.HearAsync("Listening for peers", Cancel);
        await Command.MustAsync("chmod", "644", _directory["data/identity.key"]);
        await RefusedAsync(1, "chmod 600");
        await Command.MustAsync("chmod", "600", _directory["data/identity.key"]);
        await File.WriteAllTextAsync(_directory["data/identity.key"], "damage", Cancel);
        await RefusedAsync(1, "is damaged");
    }

    [Fact]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public async Task An_encrypted_identity_without_its_passphrase()
    {
        foreach (var (name, text) in new[] { ("right", "open sesame\n"), ("wrong", "open barley\n") })
        {
            await File.WriteAllTextAsync(_directory[name], text, Cancel);
            File.SetUnixFileMode(_directory[name], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
        await using (var first = Daemon.Start(Programs.Node, Arguments("--key-passphrase", $"@{_directory["right"]}"))) await first.HearAsync("Listening for peers", Cancel);
        Assert.StartsWith("-----BEGIN ENCRYPTED PRIVATE KEY-----", await File.ReadAllTextAsync(_directory["data/identity.key"], Cancel), StringComparison.Ordinal);
        await RefusedAsync(1, "no passphrase was given");
        await RefusedAsync(1, "does not open with the passphrase", "--key-passphrase", $"@{_directory["wrong"]}");
        await RefusedAsync(2, "a secret on a command line", "--key-passphrase", "open sesame");
    }
}
