using System.Security.Cryptography;
using Pyrsia.EndToEnd.Tests.Harness;
using Pyrsia.Keys;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.EndToEnd.Tests;

/// <summary>An authority whose vote key is in a PKCS#11 token.</summary>
public sealed class TokenTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_authority_votes_with_a_key_that_only_its_token_has()
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

        // Of four authorities three are needed, so nothing is agreed on without the token's votes.
        testnet.Authorities[2].Signal("KILL");
        var built = await testnet.CliAsync(testnet.Nodes[0], "build", "docker", "--image", "one:1", "--wait");
        Assert.True(built.ExitCode == 0, built.ToString());
        await running.StopAsync();
    }

    private static async Task MoveIntoTokenAsync(SoftToken token, string file)
    {
        using var key = KeyFile.ReadEd25519(file, KeySecrets.None);
        await File.WriteAllTextAsync(file, token.Import("vote", PemEncoding.WriteString("PRIVATE KEY", key.ExportPkcs8())), Cancel);
    }
}
