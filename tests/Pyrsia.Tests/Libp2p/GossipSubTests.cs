using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

public sealed class GossipSubTests
{
    private const string Topic = "t";

    [Fact]
    public async Task What_a_validator_throws_at_is_ignored_and_a_fault_and_the_next_message_is_delivered()
    {
        await using var hosts = new TestHosts();
        var (a, b) = await hosts.ConnectedPairAsync();
        await using var gossipA = new GossipSub(a);
        await using var gossipB = new GossipSub(b);
        var fault = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        b.Faulted += (_, e) => fault.TrySetResult(e.Fault);
        using var published = gossipA.Join(Topic);
        using var topic = gossipB.Join(Topic, (message, _) => message.Data.Length == 1 ? throw new InvalidDataException("odd") : ValueTask.FromResult(GossipVerdict.Accept));
        await UntilAsync(() => gossipA.Subscribers(Topic).Contains(b.Id));
        published.Publish(new byte[1]);
        published.Publish(new byte[2]);
        await using var reader = topic.ReadAllAsync(TestHosts.Cancelled).GetAsyncEnumerator(TestHosts.Cancelled);
        Assert.True(await reader.MoveNextAsync());
        Assert.Equal(2, reader.Current.Data.Length);
        Assert.IsType<InvalidDataException>(await fault.Task.WaitAsync(TimeSpan.FromSeconds(30), TestHosts.Cancelled));
        Assert.Equal(0, gossipB.Score(a.Id), 1.0);
    }

    [Fact]
    public async Task A_peer_that_sends_what_is_no_gossip_has_its_stream_reset_and_the_others_are_heard()
    {
        await using var hosts = new TestHosts();
        var (a, b) = await hosts.ConnectedPairAsync();
        await using var gossipB = new GossipSub(b);
        using var topic = gossipB.Join(Topic);
        // It serves no gossip itself, which is reason enough: the reset may come before the message is written.
        await Assert.ThrowsAsync<StreamResetException>(async () =>
        {
            await using var stream = await a.OpenStreamAsync(b.Id, GossipSub.Protocols[0], TestHosts.Cancelled);
            await stream.WriteMessageAsync(new byte[] { 0xff }, TestHosts.Cancelled);
            await stream.ReadAsync(new byte[1], TestHosts.Cancelled);
        });
        await using var gossipA = new GossipSub(a);
        await UntilAsync(() => gossipA.Subscribers(Topic).Contains(b.Id));
        Assert.Equal(1, gossipA.Publish(Topic, new byte[3]));
        await foreach (var message in topic.ReadAllAsync(TestHosts.Cancelled))
        {
            Assert.Equal(a.Id, message.From);
            break;
        }
    }

    [Fact]
    public async Task Who_stops_is_known_by_nobody_as_in_the_topic_and_its_readers_end()
    {
        await using var hosts = new TestHosts();
        var (a, b) = await hosts.ConnectedPairAsync();
        await using var gossipA = new GossipSub(a);
        var gossipB = new GossipSub(b);
        var topic = gossipB.Join(Topic);
        Assert.Throws<InvalidOperationException>(() => gossipB.Join(Topic));
        await UntilAsync(() => gossipA.Subscribers(Topic).Contains(b.Id));
        await gossipB.DisposeAsync();
        await UntilAsync(() => gossipA.Subscribers(Topic).Count == 0);
        await foreach (var _ in topic.ReadAllAsync(TestHosts.Cancelled)) Assert.Fail("Nothing was published.");
    }

    [Fact]
    public async Task A_topic_without_a_name_and_too_much_data_are_refused()
    {
        await using var hosts = new TestHosts();
        await using var gossip = new GossipSub(await hosts.StartAsync());
        Assert.Throws<ArgumentException>(() => gossip.Join(""));
        Assert.Throws<ArgumentException>(() => gossip.Join(new string('x', GossipMessage.MaxTopicLength + 1)));
        Assert.Throws<ArgumentException>(() => gossip.Publish(Topic, new byte[GossipMessage.MaxDataLength + 1]));
    }

    /// <summary>Meshes form by heartbeats, which tell nobody.</summary>
    private static async Task UntilAsync(Func<bool> holds)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestHosts.Cancelled);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        while (!holds()) await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, patience.Token);
    }
}
