using Microsoft.Extensions.Logging.Abstractions;
using Pyrsia.Contracts;
using Pyrsia.Libp2p;
using Pyrsia.Node.Log;
using Pyrsia.Provenance.Merkle;
using Pyrsia.Provenance.Notes;
using Pyrsia.Testing;
using Pyrsia.Testing.Provenance;
using Pyrsia.Tests.Authority;
using Pyrsia.Tests.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Node.Log;

public sealed class CheckpointGossipTests : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly TestNetwork _network = new(realPeers: true);
    private readonly TestHosts _hosts = new();
    private readonly TemporaryDirectory _directory = new();
    private readonly List<Member> _members = [];
    private readonly TestLog _log;

    public CheckpointGossipTests() => _log = new TestLog(_network);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (var member in _members) await member.DisposeAsync();
        await _hosts.DisposeAsync();
        _directory.Dispose();
        _network.Dispose();
    }

    [Fact]
    public async Task What_an_authority_publishes_is_followed_to_by_who_knows_only_its_followers_and_nobody_asks_for_checkpoints()
    {
        var (authority, middle, far) = (await StartAsync(_network.Identities[0]), await StartAsync(), await StartAsync());
        await ConnectAsync(middle, authority);
        await ConnectAsync(far, middle);
        foreach (var name in new[] { "one", "two", "three" })
        {
            Grow(name);
            var advanced = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            far.View.Advanced += () => advanced.TrySetResult();
            authority.Put(_log);
            await advanced.Task.WaitAsync(Limit, Cancel);
            Assert.Equal(authority.View.Store.Root, far.View.Store.Root);
            Assert.NotNull(far.View.Index.Resolve($"docker:docker.io/library/{name}:1"));
        }
        Assert.All(_members, member => Assert.DoesNotContain(TilePath.Checkpoint.ToString(), member.Asked));
    }

    [Fact]
    public async Task A_message_is_judged_by_who_published_it_then_by_its_quorum_and_is_news_once()
    {
        var follower = await StartAsync();
        var doubts = 0;
        follower.Gossip.NotUnderstood += () => doubts++;
        Grow("one");
        var old = _log.Publish().Note.ToBytes();
        Grow("two");
        var source = await StartAsync();
        source.Put(_log);
        await ConnectAsync(follower, source);
        var checkpoint = _log.Checkpoint();
        var news = _log.Publish().Note.ToBytes();
        var belowQuorum = new SignedNote(checkpoint.ToString(), [.. _network.Sign(checkpoint, 1_750_000_100, [0, 1]).Where((_, i) => i != 2)]).ToBytes();

        Assert.Equal(GossipVerdict.Ignore, await JudgeAsync(KeyPair.Generate(), news));
        Assert.Equal(GossipVerdict.Reject, await JudgeAsync(_network.Identities[1], [1, 2, 3]));
        Assert.Equal(GossipVerdict.Reject, await JudgeAsync(_network.Identities[1], new byte[LogMirror.MaxCheckpointBytes + 1]));
        Assert.Equal(0, doubts);
        Assert.Equal(GossipVerdict.Ignore, await JudgeAsync(_network.Identities[1], belowQuorum));
        Assert.Equal(1, doubts);
        Assert.Equal(0, follower.View.Store.Size);
        Assert.Equal(GossipVerdict.Accept, await JudgeAsync(_network.Identities[1], news));
        Assert.Equal(source.View.Store.Root, follower.View.Store.Root);
        Assert.Equal(GossipVerdict.Ignore, await JudgeAsync(_network.Identities[2], news));
        Assert.Equal(GossipVerdict.Ignore, await JudgeAsync(_network.Identities[1], old));

        ValueTask<GossipVerdict> JudgeAsync(KeyPair publisher, byte[] data) =>
            follower.Gossip.JudgeAsync(GossipMessage.Sign(publisher, "t", 1, data) with { ReceivedFrom = source.Host.Id }, Cancel);
    }

    [Fact]
    public async Task A_checkpoint_whose_leaves_nobody_gives_goes_no_further()
    {
        var (follower, other) = (await StartAsync(), await StartAsync());
        await ConnectAsync(follower, other);
        Grow("one");
        var message = GossipMessage.Sign(_network.Identities[0], "t", 1, _log.Publish().Note.ToBytes()) with { ReceivedFrom = other.Host.Id };
        Assert.Equal(GossipVerdict.Ignore, await follower.Gossip.JudgeAsync(message, Cancel));
        Assert.Equal(0, follower.View.Store.Size);
        Assert.Null(follower.Mirror.Trouble);
    }

    private void Grow(string name) => _log.Notarize($"library/{name}:1", [TestLog.Output(name)], Digest.Of(System.Text.Encoding.UTF8.GetBytes(name)), name);

    private async Task<Member> StartAsync(KeyPair? identity = null)
    {
        var host = await _hosts.StartAsync(options => identity is null ? options : options with { Identity = identity });
        var member = new Member(host, _network, LogStore.Open(_directory[$"log{_members.Count}"]));
        _members.Add(member);
        await member.Gossip.StartAsync(Cancel);
        return member;
    }

    /// <summary>Connects them, and waits until both are in each other's mesh: then news reaches.</summary>
    private async Task ConnectAsync(Member from, Member to)
    {
        await from.Host.ConnectAsync(TestHosts.AddressOf(to.Host), Cancel);
        var topic = CheckpointGossip.TopicOf(_network.Genesis);
        foreach (var (one, other) in new[] { (from, to), (to, from) })
            await AuthorityCluster.UntilAsync(() => one.GossipSub.Mesh(topic).Contains(other.Host.Id), "They do not gossip.");
        Assert.True(from.Gossip.Reaches);
    }

    private sealed class Member : IAsyncDisposable
    {
        internal Member(Libp2pHost host, TestNetwork network, LogStore store)
        {
            Host = host;
            View = new LogView(store, network.File);
            host.HandleRequests(LogProtocol.Id, new RequestLimits(), (_, request, _) =>
            {
                var path = System.Text.Encoding.ASCII.GetString(request.Span);
                lock (Asked) Asked.Add(path);
                return Task.FromResult<ReadOnlyMemory<byte>>(LogProtocol.TryRead(store, path, out var bytes) ? (byte[])[0, .. bytes.Value.Span] : [1]);
            });
            GossipSub = new GossipSub(host);
            Gossip = new CheckpointGossip(GossipSub, host, View);
            Mirror = new LogMirror(host, View, TimeProvider.System, new Random(1), NullLogger<LogMirror>.Instance);
            Gossip.Follow = Mirror.FollowAsync;
        }

        internal Libp2pHost Host { get; }

        internal LogView View { get; }

        internal GossipSub GossipSub { get; }

        internal CheckpointGossip Gossip { get; }

        internal LogMirror Mirror { get; }

        /// <summary>Paths that were asked for here.</summary>
        internal List<string> Asked { get; } = [];

        internal void Put(TestLog log)
        {
            View.Store.Append([.. log.Entries.Skip((int)View.Store.Size).Select(entry => entry.Leaf)]);
            var checkpoint = log.Publish();
            View.Store.Publish(checkpoint, checkpoint.Note.ToBytes(), null);
        }

        public async ValueTask DisposeAsync()
        {
            await Gossip.StopAsync(CancellationToken.None);
            await GossipSub.DisposeAsync();
            Mirror.Dispose();
            View.Store.Dispose();
        }
    }
}
