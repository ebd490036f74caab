using System.Diagnostics;
using System.Net;
using Pyrsia.EndToEnd.Tests.Harness;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.EndToEnd.Tests;

/// <summary>A holder dies, freezes or is cut off in the middle of a transfer, and whoever pulls does not notice.</summary>
public sealed class FailoverTests
{
    private const long Enough = 4_000_000;
    private const string Drop = "DROP";

    /// <summary>What a busy machine may take to tell what a node has seen.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan SuspectedWithin = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan DeadWithin = TimeSpan.FromSeconds(10);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static string Name(TestnetMember node) => $"docker://{node.Http.Host}:{node.Http.Port}/{TestImages.Debian}";

    private static Task<CommandResult> PullAsync(TestnetMember node, TemporaryDirectory directory, string name) =>
        Command.RunAsync("skopeo", ["copy", "--quiet", "--src-tls-verify=false", Name(node), $"dir:{directory[name]}"]);

    /// <summary>What one node thinks of another; null when it does not list it.</summary>
    private static async Task<string?> StateAsync(TestnetMember node, TestnetMember peer) =>
        (string?)(await node.GetAsync("peers?details=true")).AsArray().FirstOrDefault(p => (string)p!["peer_id"]! == peer.PeerId)?["state"];

    private static async Task<long> BytesInAsync(TestnetMember node) => (long)(await node.GetAsync("status"))["transfers"]!["bytes_in"]!;

    [Theory]
    [InlineData("KILL")]
    [InlineData("STOP")]
    [InlineData(Drop)]
    public async Task The_pull_goes_on_from_another_holder(string signal)
    {
        using var directory = new TemporaryDirectory();
        var layout = await TestImages.WriteDebianAsync(directory, Cancel);
        await using var testnet = await Testnet.StartAsync($"oci:{layout}", nodes: 3);
        var (first, second, third) = (testnet.Nodes[0], testnet.Nodes[1], testnet.Nodes[2]);
        var build = await testnet.CliAsync(first, "build", "docker", "--image", TestImages.Debian, "--wait");
        Assert.True(build.ExitCode == 0, build.ToString());
        foreach (var holder in new[] { first, second })
        {
            var warmed = await PullAsync(holder, directory, holder.Name);
            Assert.True(warmed.ExitCode == 0, warmed.ToString());
        }
        foreach (var authority in testnet.Authorities) authority.Signal("KILL");

        var before = await BytesInAsync(third);
        var pull = PullAsync(third, directory, "third");
        await Wait.UntilAsync(async () => await BytesInAsync(third) > before + Enough || pull.IsCompleted, TimeSpan.FromSeconds(60), "no bytes came", Cancel);
        Assert.Equal("alive", await StateAsync(third, first));
        var clock = Stopwatch.StartNew();
        await using var cable = signal == Drop ? await CutCable.StartAsync(first, [second, third]) : null;
        if (signal != Drop) first.Signal(signal);
        await Wait.UntilAsync(async () => await StateAsync(third, first) != "alive", SuspectedWithin + Slack, "the silent peer is not suspected", Cancel);
        await Wait.UntilAsync(async () => await StateAsync(third, first) is null, DeadWithin + Slack - clock.Elapsed, "the silent peer is not declared dead", Cancel);
        Assert.DoesNotContain(first.PeerId, (await testnet.CliAsync(third, "list")).Output, StringComparison.Ordinal);
        var pulled = await pull;

        Assert.True(pulled.ExitCode == 0, pulled.ToString());
        Assert.Equal(Files(directory[second.Name]), Files(directory["third"]));
    }

    [Fact]
    public async Task Without_another_holder_the_pull_ends_with_an_error_and_goes_on_later_where_it_stopped()
    {
        using var directory = new TemporaryDirectory();
        var layout = await TestImages.WriteDebianAsync(directory, Cancel);
        await using var testnet = await Testnet.StartAsync($"oci:{layout}");
        var (first, second) = (testnet.Nodes[0], testnet.Nodes[1]);
        var build = await testnet.CliAsync(first, "build", "docker", "--image", TestImages.Debian, "--wait");
        Assert.True(build.ExitCode == 0, build.ToString());
        Assert.Equal(0, (await PullAsync(first, directory, "first")).ExitCode);
        foreach (var authority in testnet.Authorities) authority.Signal("KILL");

        var pull = PullAsync(second, directory, "second");
        await Wait.UntilAsync(async () => await BytesInAsync(second) > Enough || pull.IsCompleted, TimeSpan.FromSeconds(60), "no bytes came", Cancel);
        first.Signal("KILL");
        var broken = await pull;
        Assert.NotEqual(0, broken.ExitCode);

        var layer = new DirectoryInfo(directory["first"]).GetFiles().MaxBy(f => f.Length)!;
        using var answer = await second.Client.GetAsync(new Uri(second.Http, $"v2/library/debian-test/blobs/sha256:{layer.Name}"), HttpCompletionOption.ResponseHeadersRead, Cancel);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("could not be fetched", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(testnet.Path, second.Name, "data", "content", "blobs", "sha256", layer.Name[..2], layer.Name)));

        var received = await BytesInAsync(second);
        await testnet.UpAsync();
        var resumed = await PullAsync(second, directory, "again");
        Assert.True(resumed.ExitCode == 0, resumed.ToString());
        Assert.True(await BytesInAsync(second) <= (layer.Length * 1.05) + received, "chunks that had arrived were fetched again");
    }

    private static string[] Files(string folder) => [.. Directory.GetFiles(folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
}
