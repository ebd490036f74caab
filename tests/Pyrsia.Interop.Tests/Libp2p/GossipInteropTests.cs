using System.Security.Cryptography;
using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Interop.Tests.Libp2p;

public sealed class GossipInteropTests
{
    private const string Topic = "interop";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(JsMatrix.Stacks), MemberType = typeof(JsMatrix))]
    public async Task Messages_of_all_sizes_go_both_ways_and_through_the_other_to_a_third(string transport, string security)
    {
        await using var host = await JsMatrix.StartAsync(transport, security);
        await using var far = await JsMatrix.StartAsync(transport, security);
        await using var gossip = new GossipSub(host);
        await using var farGossip = new GossipSub(far);
        using var topic = gossip.Join(Topic);
        using var farTopic = farGossip.Join(Topic);
        await using var js = await JsMatrix.StartJsAsync(transport, security);
        await js.SendAsync("subscribe", new { topic = Topic });
        // They know each other by js alone, which is dialed by one and dials the other.
        await JsMatrix.ConnectAsync(host, js, jsDials: false);
        await JsMatrix.ConnectAsync(far, js, jsDials: true);
        await UntilAsync(() => gossip.Mesh(Topic).Contains(js.Id) && farGossip.Mesh(Topic).Contains(js.Id));
        await UntilAsync(async () => (await js.SendAsync("mesh", new { topic = Topic }))["mesh"]!.AsArray().Count == 2);

        await using var heard = topic.ReadAllAsync(Ct).GetAsyncEnumerator(Ct);
        await using var farHeard = farTopic.ReadAllAsync(Ct).GetAsyncEnumerator(Ct);
        foreach (var size in new[] { 0, 1, 1023, 100_000, GossipMessage.MaxDataLength })
        {
            var data = RandomNumberGenerator.GetBytes(size);
            Assert.Equal(1, topic.Publish(data));
            var digest = Convert.ToHexStringLower(SHA256.HashData(data));
            var message = await js.EventAsync(e => (string?)e["event"] == "message" && (string?)e["sha256"] == digest);
            Assert.Equal(host.Id.ToString(), (string?)message["from"]);
            Assert.True(await farHeard.MoveNextAsync());
            Assert.Equal(data, farHeard.Current.Data.ToArray());
            Assert.Equal(host.Id, farHeard.Current.From);

            var theirs = (string?)(await js.SendAsync("publish", new { topic = Topic, size }))["sha256"];
            foreach (var reader in new[] { heard, farHeard })
            {
                Assert.True(await reader.MoveNextAsync());
                Assert.Equal(js.Id, reader.Current.From);
                Assert.Equal(theirs, Convert.ToHexStringLower(SHA256.HashData(reader.Current.Data.Span)));
            }
        }
        Assert.True(gossip.Score(js.Id) > 0);
    }

    [Fact]
    public async Task What_is_rejected_here_goes_no_further_and_who_leaves_is_out_of_the_mesh_on_both_sides()
    {
        await using var host = await JsMatrix.StartAsync();
        await using var gossip = new GossipSub(host);
        var judged = new TaskCompletionSource<PeerId>(TaskCreationOptions.RunContinuationsAsynchronously);
        var topic = gossip.Join(Topic, (message, _) =>
        {
            judged.TrySetResult(message.From);
            return ValueTask.FromResult(GossipVerdict.Reject);
        });
        await using var publisher = await JsMatrix.StartJsAsync();
        await using var other = await JsMatrix.StartJsAsync();
        foreach (var js in new[] { publisher, other })
        {
            await js.SendAsync("subscribe", new { topic = Topic });
            await host.ConnectAsync(js.Address, Ct);
            await UntilAsync(async () => (await js.SendAsync("mesh", new { topic = Topic }))["mesh"]!.AsArray().Count == 1);
        }
        await publisher.SendAsync("publish", new { topic = Topic, size = 10 });
        Assert.Equal(publisher.Id, await judged.Task.WaitAsync(TimeSpan.FromSeconds(30), Ct));
        await UntilAsync(() => gossip.Score(publisher.Id) < 0);
        topic.Dispose();
        foreach (var js in new[] { publisher, other })
        {
            await UntilAsync(async () => (await js.SendAsync("mesh", new { topic = Topic })) is var seen && seen["mesh"]!.AsArray().Count + seen["subscribers"]!.AsArray().Count == 0);
            Assert.False(js.Said(e => (string?)e["event"] == "message" && (string?)e["via"] == host.Id.ToString()));
        }
    }

    private static Task UntilAsync(Func<bool> holds) => UntilAsync(() => Task.FromResult(holds()));

    /// <summary>Meshes form by heartbeats, which tell nobody.</summary>
    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        while (!await holds()) await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, patience.Token);
    }
}
