using System.Globalization;
using System.Text.RegularExpressions;
using Pyrsia.EndToEnd.Tests.Harness;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.EndToEnd.Tests;

/// <summary>The guide for operators is run as it is written, but for its ports.</summary>
public sealed partial class OperatingGuideTests
{
    /// <summary>Some forty programs are started, one after the other, beside other tests.</summary>
    private static readonly TimeSpan GuideLimit = TimeSpan.FromMinutes(7);

    [Fact]
    public async Task From_an_empty_directory_to_an_authority_that_votes_and_back_from_a_backup_to_one_that_votes_with_a_new_key()
    {
        using var directory = new TemporaryDirectory();
        var layout = TestImages.WriteSmall(directory["upstream"], "library/alpine:3.20", "library/busybox:1.37");
        var blocks = string.Join('\n', Block().Matches(await File.ReadAllTextAsync(Checkout.PathOf("docs/operating/authority.md"), TestContext.Current.CancellationToken)).Select(m => m.Groups[1].Value));
        Directory.CreateDirectory(directory["empty"]);
        // Says each command that it runs, for when it fails or hangs, and what the authorities said; each of them must end well when it is told to.
        var script = $$"""
            set -euxo pipefail
            cd '{{directory["empty"]}}'
            trap 'tail --lines=40 a*/log.txt >&2; kill $(jobs -p) 2>/dev/null || true; wait' EXIT
            {{WithFreePorts(blocks)}}
            jobs=$(jobs -p)
            kill $jobs
            for job in $jobs; do wait $job; done
            """;
        await File.WriteAllTextAsync(directory["guide.sh"], script, TestContext.Current.CancellationToken);
        var path = string.Join(':', new[] { Programs.Cli, Programs.Authority }.Select(Path.GetDirectoryName));
        var result = await Command.RunAsync(
            "timeout", [$"{GuideLimit.TotalSeconds}", "bash", directory["guide.sh"]], new Dictionary<string, string> { ["PATH"] = $"{path}:{Environment.GetEnvironmentVariable("PATH")}", ["PYRSIA_UPSTREAM"] = $"docker.io=oci:{layout}" },
            GuideLimit + TimeSpan.FromMinutes(1));
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal(4, result.Output.Split("A start would succeed.").Length - 1);
        Assert.Contains("4 authorities, of which 1 may fail", result.Output, StringComparison.Ordinal);
        Assert.Matches(@"\d+ votes up to view", result.Output);
        Assert.Contains("does not vote: its vote key was restored from a backup", result.Output, StringComparison.Ordinal);
        Assert.Contains("epoch 1: 4 authorities, 3 decide", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_service_is_one_that_systemd_takes_and_finds_hardened()
    {
        using var directory = new TemporaryDirectory();
        var unit = await File.ReadAllTextAsync(Checkout.PathOf("deploy/pyrsia-authority.service"), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(directory["pyrsia-authority.service"], unit.Replace("/opt/pyrsia/pyrsia-authority", Programs.Authority, StringComparison.Ordinal), TestContext.Current.CancellationToken);
        await Command.MustAsync("systemd-analyze", "verify", directory["pyrsia-authority.service"]);
        // Exposure from 0 to 10, times ten; ordinary services have 96.
        await Command.MustAsync("systemd-analyze", "security", "--offline=true", "--threshold=20", directory["pyrsia-authority.service"]);
    }

    /// <summary>The guide's ports end in the number of an authority, or in the variable that holds it.</summary>
    private static string WithFreePorts(string script)
    {
        var ports = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var port in new[] { "4400", "788" }.SelectMany(start => new[] { "1", "2", "3", "4" }.Select(end => start + end))) ports[port] = FreePort.Find();
        var variables = ports.Select(p => string.Create(CultureInfo.InvariantCulture, $"port_{p.Key}={p.Value}\n"));
        return string.Concat(variables) + Port().Replace(script, port => $"$(eval echo \\$port_{port.Value})");
    }

    [GeneratedRegex(@"(4400|788)([1-4]|\$i)")]
    private static partial Regex Port();

    [GeneratedRegex("^```sh\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
