using System.Text.Json.Nodes;
using Pyrsia.Libp2p;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.Tests.Node.Api;

/// <summary>What a node says about QUIC in <c>/status</c>.</summary>
public sealed class QuicStatusTests
{
    [Fact]
    public async Task A_node_says_that_QUIC_is_there_or_what_it_lacks_for_it()
    {
        await using var node = await NodeFixture.StartAsync();
        Assert.Equal(QuicPlatform.Missing is { } missing ? $"not available: {missing}" : "available", await QuicAsync(node));
    }

    [Fact]
    public async Task A_node_in_a_private_network_has_no_QUIC_whatever_the_platform_has_and_says_why()
    {
        using var directory = new TemporaryDirectory();
        var key = directory["swarm.key"];
        await File.WriteAllBytesAsync(key, PreSharedKey.Generate().Encode(), TestContext.Current.CancellationToken);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await using var node = await NodeFixture.StartAsync(change: options => options with { SwarmKey = key });
        Assert.Equal("not available: a private network has no QUIC", await QuicAsync(node));
    }

    private static async Task<string> QuicAsync(NodeFixture node)
    {
        var answer = await node.GetAsync("/status");
        return (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["quic"]!;
    }
}
