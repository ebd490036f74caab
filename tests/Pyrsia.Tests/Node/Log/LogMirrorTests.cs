using Microsoft.Extensions.Logging.Abstractions;
using Pyrsia.Contracts;
using Pyrsia.Libp2p;
using Pyrsia.Node.Log;
using Pyrsia.Provenance.Notes;
using Pyrsia.Testing;
using Pyrsia.Testing.Provenance;
using Pyrsia.Tests.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Node.Log;

public sealed class LogMirrorTests : IAsyncDisposable
{
    private readonly TestNetwork _network = new();
    private readonly TestHosts _hosts = new();
    private readonly TemporaryDirectory _directory = new();
    private readonly List<LogStore> _stores = [];
    private readonly TestLog _log;

    public LogMirrorTests() => _log = new TestLog(_network);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _hosts.DisposeAsync();
        foreach (var store in _stores) store.Dispose();
        _directory.Dispose();
        _network.Dispose();
    }

    private LogStore NewStore()
    {
        var store = LogStore.Open(_directory[$"log{_stores.Count}"]);
        _stores.Add(store);
        return store;
    }

    private static void Put(LogStore store, TestLog log, SignedCheckpoint? checkpoint = null)
    {
        store.Append([.. log.Entries.Skip((int)store.Size).Select(entry => entry.Leaf)]);
        checkpoint ??= log.Publish();
        store.Publish(checkpoint, checkpoint.Note.ToBytes(), null);
    }

    private void Grow(string name) => _log.Notarize($"library/{name}:1", [TestLog.Output(name)], Digest.Of(System.Text.Encoding.UTF8.GetBytes(name)), name);

    private (LogMirror Mirror, LogView View) MirrorOn(Libp2pHost host)
    {
        var view = new LogView(NewStore(), _network.File);
        return (new LogMirror(host, view, TimeProvider.System, new Random(1), NullLogger<LogMirror>.Instance), view);
    }

    /// <summary>A peer that answers with what a function makes of the honest answer.</summary>
    private async Task<Libp2pHost> PeerAsync(Libp2pHost follower, LogStore store, Func<string, byte[], byte[]?>? twist = null)
    {
        var host = await _hosts.StartAsync();
        if (twist is null) LogProtocol.Serve(host, store);
        else
        {
            host.HandleRequests(LogProtocol.Id, new RequestLimits(), (_, request, _) =>
            {
                var path = System.Text.Encoding.ASCII.GetString(request.Span);
                var honest = LogProtocol.TryRead(store, path, out var bytes) ? twist(path, bytes.Value.ToArray()) : null;
                return Task.FromResult<ReadOnlyMemory<byte>>(honest is null ? new byte[] { 1 } : [0, .. honest]);
            });
        }
        var known = TestHosts.NextAsync(follower, host.Id, PeerEventKind.Identified);
        await follower.ConnectAsync(TestHosts.AddressOf(host), Cancel);
        await known;
        return host;
    }

    [Fact]
    public async Task It_follows_from_peer_to_peer_and_answers_from_what_it_followed()
    {
        var (first, second) = (await _hosts.StartAsync(), await _hosts.StartAsync());
        var origin = NewStore();
        await PeerAsync(first, origin);
        var (mirror, view) = MirrorOn(first);
        LogProtocol.Serve(first, view.Store);
        var known = TestHosts.NextAsync(second, first.Id, PeerEventKind.Identified);
        await second.ConnectAsync(TestHosts.AddressOf(first), Cancel);
        await known;
        var (further, furtherView) = MirrorOn(second);

        foreach (var name in new[] { "one", "two" })
        {
            Grow(name);
            Put(origin, _log);
            await mirror.FollowOnceAsync(Cancel);
            await further.FollowOnceAsync(Cancel);
            Assert.Equal(origin.Root, furtherView.Store.Root);
            Assert.NotNull(furtherView.Index.Resolve($"docker:docker.io/library/{name}:1"));
            Assert.Null(further.Trouble);
        }
        mirror.Dispose();
        further.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Log_signatures_that_who_told_of_a_checkpoint_lacks_come_from_another_peer_or_in_a_later_round(bool anotherHasThem)
    {
        Grow("one");
        var (told, other) = (NewStore(), NewStore());
        var checkpoint = _log.Publish();
        Put(told, _log, checkpoint);
        Put(other, _log, checkpoint);
        var signatures = new SignedNote(checkpoint.Note.Text, [.. _network.Sign(_log.Checkpoint(), 1_750_000_100, [0, 1, 2])]).ToBytes();
        if (anotherHasThem) other.Publish(checkpoint, checkpoint.Note.ToBytes(), signatures);
        var follower = await _hosts.StartAsync();
        var peer = await PeerAsync(follower, told);
        await PeerAsync(follower, other);
        var (mirror, view) = MirrorOn(follower);
        using var disposing = mirror;

        await mirror.FollowAsync(new CheckpointOffer(peer.Id, checkpoint, checkpoint.Note.ToBytes(), 1_750_000_100), Cancel);
        Assert.Equal(told.Root, view.Store.Root);
        Assert.Equal(anotherHasThem, view.Store.LogSignatures is not null);
        other.Publish(checkpoint, checkpoint.Note.ToBytes(), signatures);
        await mirror.FollowOnceAsync(Cancel);
        Assert.NotNull(view.Store.LogSignatures);
    }

    [Fact]
    public async Task A_checkpoint_below_the_quorum_is_not_believed()
    {
        Grow("one");
        var store = NewStore();
        Put(store, _log);
        var follower = await _hosts.StartAsync();
        var checkpoint = _log.Checkpoint();
        var two = new SignedNote(checkpoint.ToString(), [.. _network.Sign(checkpoint, 1_750_000_100, [0, 1]).Where((_, i) => i != 2)]);
        await PeerAsync(follower, store, (path, bytes) => path == "checkpoint" ? two.ToBytes() : bytes);
        var (mirror, view) = MirrorOn(follower);
        using (mirror) await mirror.FollowOnceAsync(Cancel);
        Assert.Equal(0, view.Store.Size);
        Assert.Null(view.CosignedAt);
    }

    [Fact]
    public async Task A_log_that_a_quorum_rewrote_is_refused_and_said_so()
    {
        Grow("one");
        var honest = NewStore();
        Put(honest, _log);
        var follower = await _hosts.StartAsync();
        await PeerAsync(follower, honest);
        var (mirror, view) = MirrorOn(follower);
        using var disposing = mirror;
        await mirror.FollowOnceAsync(Cancel);
        var (size, root) = (view.Store.Size, view.Store.Root);

        var rewritten = new TestLog(_network);
        foreach (var name in new[] { "other", "and", "more" }) rewritten.Notarize($"library/{name}:1", [TestLog.Output(name)], Digest.Of(System.Text.Encoding.UTF8.GetBytes(name)), name);
        var forked = NewStore();
        Put(forked, rewritten);
        await PeerAsync(follower, forked);
        await mirror.FollowOnceAsync(Cancel);
        Assert.Contains("forked", mirror.Trouble, StringComparison.Ordinal);
        Assert.Equal((size, root), (view.Store.Size, view.Store.Root));

        // What was proven stays said, whoever is asked later.
        Grow("two");
        Put(honest, _log);
        await mirror.FollowOnceAsync(Cancel);
        Assert.Contains("forked", mirror.Trouble, StringComparison.Ordinal);
        Assert.Equal(size, view.Store.Size);
    }

    [Fact]
    public async Task Two_trees_of_one_size_are_a_fork()
    {
        Grow("one");
        var (honest, forked) = (NewStore(), NewStore());
        Put(honest, _log);
        var other = new TestLog(_network);
        other.Notarize("library/other:1", [TestLog.Output("other")], Digest.Of("other"u8), "other");
        Put(forked, other, other.Publish(1_750_000_050));
        var follower = await _hosts.StartAsync();
        await PeerAsync(follower, honest);
        var (mirror, _) = MirrorOn(follower);
        using var disposing = mirror;
        await mirror.FollowOnceAsync(Cancel);
        Assert.Null(mirror.Trouble);
        await PeerAsync(follower, forked);
        for (var i = 0; i < 2 && mirror.Trouble is null; i++) await mirror.FollowOnceAsync(Cancel);
        Assert.Contains("forked", mirror.Trouble, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("leaves")]
    [InlineData("leaves and tiles")]
    [InlineData("short tiles")]
    [InlineData("nothing")]
    [InlineData("garbage")]
    public async Task A_peer_that_serves_wrong_leaves_is_passed_over_and_is_no_fork(string lie)
    {
        Grow("one");
        var store = NewStore();
        Put(store, _log);
        var follower = await _hosts.StartAsync();
        byte[]? Twist(string path, byte[] bytes)
        {
            if (path.StartsWith("checkpoint", StringComparison.Ordinal)) return bytes;
            if (lie == "nothing") return null;
            if (lie == "garbage") return [1, 2, 3];
            if (path.StartsWith("tile/entries", StringComparison.Ordinal) || lie == "leaves and tiles") bytes[^1] ^= 1;
            return lie == "short tiles" && !path.StartsWith("tile/entries", StringComparison.Ordinal) ? bytes[..^1] : bytes;
        }

        var first = await PeerAsync(follower, store);
        var (mirror, view) = MirrorOn(follower);
        using var disposing = mirror;
        await mirror.FollowOnceAsync(Cancel);
        var before = view.Store.Size;
        await follower.DisconnectAsync(first.Id);
        Grow("two");
        Put(store, _log);
        await PeerAsync(follower, store, Twist);
        await mirror.FollowOnceAsync(Cancel);
        Assert.Equal(before, view.Store.Size);
        Assert.Null(mirror.Trouble);

        await PeerAsync(follower, store);
        await mirror.FollowOnceAsync(Cancel);
        Assert.Equal(store.Root, view.Store.Root);
        Assert.Null(mirror.Trouble);
    }

    [Theory]
    [InlineData(true, 8)]
    [InlineData(false, 64)]
    public async Task While_news_comes_by_itself_it_asks_an_eighth_as_often(bool told, int rounds)
    {
        Grow("one");
        var store = NewStore();
        Put(store, _log);
        var follower = await _hosts.StartAsync();
        var asked = 0;
        await PeerAsync(follower, store, (path, bytes) =>
        {
            if (path == "checkpoint") asked++;
            return bytes;
        });
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        const int pauses = 64;
        var time = new ImpatientTime(pauses, enough);
        using var mirror = new LogMirror(follower, new LogView(NewStore(), _network.File), time, new Random(1), NullLogger<LogMirror>.Instance);
        await mirror.RunAsync(() => told, enough.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        Assert.InRange(asked, rounds, rounds + 1);
    }

    [Fact]
    public async Task A_doubt_has_it_ask_as_often_as_without_news()
    {
        Grow("one");
        var store = NewStore();
        Put(store, _log);
        var follower = await _hosts.StartAsync();
        LogMirror? mirror = null;
        var asked = 0;
        await PeerAsync(follower, store, (path, bytes) =>
        {
            if (path == "checkpoint" && ++asked > 1) mirror!.Doubt();
            return bytes;
        });
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        const int pauses = 64;
        using (mirror = new LogMirror(follower, new LogView(NewStore(), _network.File), new ImpatientTime(pauses, enough), new Random(1), NullLogger<LogMirror>.Instance))
            await mirror.RunAsync(() => true, enough.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        Assert.InRange(asked, pauses - 8, pauses);
    }

    /// <summary>A clock on which every pause is over at once, and that ends a test after some.</summary>
    private sealed class ImpatientTime(int pauses, CancellationTokenSource enough) : TimeProvider
    {
        private int _pauses;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (Interlocked.Increment(ref _pauses) > pauses) enough.Cancel();
            return base.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}
