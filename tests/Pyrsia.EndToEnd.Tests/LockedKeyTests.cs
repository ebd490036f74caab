using System.Security.Cryptography;
using Pyrsia.EndToEnd.Tests.Harness;
using Pyrsia.Keys;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.EndToEnd.Tests;

/// <summary>Authorities whose vote keys nobody reads who has their files alone: one is in a PKCS#11 token, one encrypted.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class LockedKeyTests
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Authorities_vote_with_a_key_that_only_a_token_has_and_with_one_that_its_passphrase_opens()
    {
        using var directory = new TemporaryDirectory();
        var path = TestImages.WriteSmall(directory["upstream"], "library/one:1");
        var token = SoftToken.Create(directory["token"]);
        await using var testnet = await Testnet.StartAsync($"oci:{path}", nodes: 1);
        var authority = testnet.Authorities[3];
        authority.Signal("KILL");
        await MoveIntoTokenAsync(token, Path.Combine(testnet.Path, authority.Name, "data", "keys", "vote.key"));
        string[] Program(string pin, params string[] arguments) =>
            [$"{token.Variable.Name}={token.Variable.Value}", $"PYRSIA_TOKEN_PIN={pin}", Programs.Authority, .. arguments, "--config", Path.Combine(testnet.Path, authority.Name, "config.json")];

        var refused = await Command.RunAsync("env", Program("0000", "config", "verify"));
        Assert.True(refused.ExitCode == 1 && refused.Error.Contains("the token refuses the PIN", StringComparison.Ordinal), refused.ToString());
        await using var running = Daemon.Start("env", Program(SoftToken.Pin));
        await Readiness.SaysAsync(authority.Client, authority.Http, "ok", Cancel);

        await using var unlocked = await RunsEncryptedAsync(testnet, testnet.Authorities[2], directory);

        // Of four authorities three are needed, so nothing is agreed on without the votes of these two.
        testnet.Authorities[1].Signal("KILL");
        var built = await testnet.CliAsync(testnet.Nodes[0], "build", "docker", "--image", "one:1", "--wait");
        Assert.True(built.ExitCode == 0, built.ToString());
        await running.StopAsync();
    }

    /// <summary>Encrypts a vote key as the guide says, and starts its authority with the passphrase from a file of its owner; no other one and no other way is taken.</summary>
    private static async Task<Daemon> RunsEncryptedAsync(Testnet testnet, TestnetMember authority, TemporaryDirectory directory)
    {
        authority.Signal("KILL");
        await Task.WhenAll(WritePrivateAsync(directory["passphrase"], "open sesame\n"), WritePrivateAsync(directory["other"], "open barley\n"));
        var path = Path.Combine(testnet.Path, authority.Name, "data", "keys", "vote.key");
        using (var key = KeyFile.ReadEd25519(path, KeySecrets.None)) await WritePrivateAsync(directory["plain"], PemEncoding.WriteString("PRIVATE KEY", key.ExportPkcs8()));
        await Command.MustAsync("openssl", "pkcs8", "-topk8", "-v2", "aes-256-cbc", "-in", directory["plain"], "-out", path, "-passout", $"file:{directory["passphrase"]}");
        File.SetUnixFileMode(path, Owner);

        string[] start = ["--config", Path.Combine(testnet.Path, authority.Name, "config.json")];
        await RefusedAsync(start, 1, "no passphrase was given", "--key-passphrase @FILE");
        await RefusedAsync([.. start, "--key-passphrase", $"@{directory["other"]}"], 1, "does not open with the passphrase", "Correct PYRSIA_KEY_PASSPHRASE or the file");
        await RefusedAsync([.. start, "--key-passphrase", "open sesame"], 2, "a secret on a command line", "give --key-passphrase @FILE, or set PYRSIA_KEY_PASSPHRASE");
        var verified = await Command.RunAsync(Programs.Authority, ["config", "verify", .. start], new Dictionary<string, string> { ["PYRSIA_KEY_PASSPHRASE"] = "open sesame" });
        Assert.True(verified.ExitCode == 0, verified.ToString());

        var running = Daemon.Start(Programs.Authority, [.. start, "--key-passphrase", $"@{directory["passphrase"]}"]);
        await Readiness.SaysAsync(authority.Client, authority.Http, "ok", Cancel);
        return running;
    }

    private static async Task RefusedAsync(string[] arguments, int exitCode, string message, string advice)
    {
        var refused = await Command.RunAsync(Programs.Authority, arguments);
        Assert.True(refused.ExitCode == exitCode && refused.Error.Trim().Split('\n').Length == 2, refused.ToString());
        Assert.Contains(message, refused.Error, StringComparison.Ordinal);
        Assert.Contains(advice, refused.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("open sesame", refused.Error, StringComparison.Ordinal);
    }

    private static async Task WritePrivateAsync(string path, string text)
    {
        await File.WriteAllTextAsync(path, text, Cancel);
        File.SetUnixFileMode(path, Owner);
    }

    private static async Task MoveIntoTokenAsync(SoftToken token, string file)
    {
        using var key = KeyFile.ReadEd25519(file, KeySecrets.None);
        await File.WriteAllTextAsync(file, token.Import("vote", PemEncoding.WriteString("PRIVATE KEY", key.ExportPkcs8())), Cancel);
    }
}
