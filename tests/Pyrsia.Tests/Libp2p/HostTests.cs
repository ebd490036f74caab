using System.Security.Cryptography;
using Pyrsia.Libp2p;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

public sealed class HostTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_hosts_identify_and_ping_each_other()
    {
        await using var hosts = new TestHosts();
        var (a, b) = await hosts.ConnectedPairAsync();
        Assert.True(await a.WaitIdentifiedAsync(b.Id, Ct));
        Assert.True(await b.WaitIdentifiedAsync(a.Id, Ct));
        Assert.Contains("/ipfs/ping/1.0.0", a.FindPeer(b.Id)!.Protocols);
        Assert.Equal(b.ListenAddresses, a.PeerStore.GetAddresses(b.Id));
        Assert.True(await a.PingAsync(b.Id, Ct) > TimeSpan.Zero);
        Assert.True(await b.PingAsync(a.Id, Ct) > TimeSpan.Zero);
        Assert.NotNull(a.FindPeer(b.Id)!.RoundTrip);
    }

    [Fact]
    public async Task A_dial_that_knows_an_address_does_not_fail_with_one_of_the_same_peer_that_knows_none()
    {
        await using var hosts = new TestHosts();
        var (a, b) = (await hosts.StartAsync(), await hosts.StartAsync());
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var answer = new TaskCompletionSource<IReadOnlyList<Multiaddr>>(TaskCreationOptions.RunContinuationsAsynchronously);
        a.AddressResolver = (_, _) =>
        {
            asked.TrySetResult();
            return answer.Task;
        };
        var blind = a.ConnectAsync(b.Id, Ct);
        await asked.Task.WaitAsync(Ct);
        var seeing = a.ConnectAsync(b.ListenAddresses[0].WithPeerId(b.Id), Ct);
        Assert.Equal(b.Id, await seeing);
        answer.SetResult([]);
        await Assert.ThrowsAsync<DialFailedException>(() => blind);
        Assert.NotNull(a.FindPeer(b.Id));
    }

    [Fact]
    public async Task A_peer_that_is_not_the_dialed_one_is_named_and_nothing_is_connected()
    {
        await using var hosts = new TestHosts();
        var a = await hosts.StartAsync();
        var b = await hosts.StartAsync();
        var other = KeyPair.Generate().PeerId;
        var error = await Assert.ThrowsAsync<PeerIdMismatchException>(() => a.ConnectAsync(b.ListenAddresses[0].WithPeerId(other), Ct));
        Assert.Equal(other, error.Expected);
        Assert.Equal(b.Id, error.Actual);
        Assert.Empty(a.Peers);
    }

    [Fact]
    public async Task A_request_is_answered_and_one_over_the_limit_is_refused()
    {
        await using var hosts = new TestHosts();
        var (a, b) = await hosts.ConnectedPairAsync();
        b.HandleRequests("/double", new RequestLimits { MaxRequestBytes = 1000 }, (_, request, _) =>
            Task.FromResult<ReadOnlyMemory<byte>>((byte[])[.. request.Span, .. request.Span]));
        Assert.Equal("abab"u8.ToArray(), await a.RequestAsync(b.Id, "/double", "ab"u8.ToArray(), null, Ct));
        await Assert.ThrowsAnyAsync<Libp2pException>(() => a.RequestAsync(b.Id, "/double", new byte[1001], null, Ct));
        await Assert.ThrowsAsync<PeerProtocolException>(() => a.RequestAsync(b.Id, "/double", new byte[600], new RequestOptions { MaxResponseBytes = 1199 }, Ct));
        await Assert.ThrowsAsync<ProtocolNotSupportedException>(() => a.RequestAsync(b.Id, "/triple", new byte[1], null, Ct));
    }

    [Fact]
    public async Task A_request_that_is_not_answered_ends_at_its_time_limit()
    {
        await using var hosts = new TestHosts();
        var (a, b) = await hosts.ConnectedPairAsync();
        b.HandleRequests("/never", new RequestLimits(), async (_, _, ct) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ct);
            return default;
        });
        await Assert.ThrowsAsync<TimeoutException>(() =>
            a.RequestAsync(b.Id, "/never", new byte[1], new RequestOptions { Timeout = TimeSpan.FromMilliseconds(200) }, Ct));
    }

    [Fact]
    public async Task A_protocol_that_is_not_served_is_refused_and_the_connection_goes_on()
    {
        await using var hosts = new TestHosts();
        var (a, b) = await hosts.ConnectedPairAsync();
        await using var refused = await a.OpenStreamAsync(b.Id, "/nobody/serves/this", Ct);
        await Assert.ThrowsAsync<ProtocolNotSupportedException>(async () => await refused.ConfirmAsync(Ct));
        Assert.True(await a.PingAsync(b.Id, Ct) > TimeSpan.Zero);
    }

    [Fact]
    public async Task A_slow_reader_holds_up_no_other_stream_of_the_connection()
    {
        await using var hosts = new TestHosts();
        var (a, b) = await hosts.ConnectedPairAsync();
        Echo.Serve(b);
        b.Handle("/sleep", (_, ct) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ct));
        await using var slow = await a.OpenStreamAsync(b.Id, "/sleep", Ct);
        using var full = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var filling = Task.Run(async () =>
        {
            while (true) await slow.WriteAsync(new byte[64 * 1024], full.Token);
        }, Ct);
        var data = RandomNumberGenerator.GetBytes(1_000_000);
        await using var quick = await a.OpenStreamAsync(b.Id, Echo.Protocol, Ct);
        var sending = Task.Run(async () =>
        {
            await quick.WriteAsync(data, Ct);
            await quick.CloseWriteAsync(Ct);
        }, Ct);
        var received = new byte[data.Length];
        await quick.ReadExactlyAsync(received, Ct);
        await sending;
        Assert.Equal(data, received);
        await full.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => filling);
    }

    [Fact]
    public async Task A_banned_peer_is_disconnected_and_refused_in_both_directions()
    {
        await using var hosts = new TestHosts();
        var (a, b) = await hosts.ConnectedPairAsync();
        var gone = TestHosts.NextAsync(b, a.Id, PeerEventKind.Disconnected);
        b.Ban(a.Id, "sent a wrong byte", TimeSpan.FromMinutes(5));
        await gone;
        await Assert.ThrowsAsync<PeerRefusedException>(() => b.ConnectAsync(TestHosts.AddressOf(a), Ct));
        var again = TestHosts.NextAsync(a, b.Id, PeerEventKind.Disconnected);
        try
        {
            await a.ConnectAsync(TestHosts.AddressOf(b), Ct);
            await again;
        }
        catch (Libp2pException)
        {
            // The refusal may arrive while the dial is still under way.
        }
        Assert.False(b.IsConnected(a.Id));
    }

    [Fact]
    public async Task Callers_that_want_the_same_peer_share_one_dial()
    {
        await using var hosts = new TestHosts();
        var a = await hosts.StartAsync();
        var b = await hosts.StartAsync();
        var connected = 0;
        b.PeerChanged += (_, e) => Interlocked.Add(ref connected, e.Kind == PeerEventKind.Connected ? 1 : 0);
        var identified = TestHosts.NextAsync(b, a.Id, PeerEventKind.Identified);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => a.ConnectAsync(TestHosts.AddressOf(b), Ct)));
        await identified;
        Assert.Equal(1, connected);
        Assert.Single(a.Peers);
    }

    [Fact]
    public async Task A_peer_with_several_addresses_is_reached_over_the_one_that_works()
    {
        await using var hosts = new TestHosts();
        var a = await hosts.StartAsync();
        var b = await hosts.StartAsync();
        var dead = await hosts.StartAsync();
        var deadAddress = dead.ListenAddresses[0];
        await dead.DisposeAsync();
        a.PeerStore.AddAddresses(b.Id, [deadAddress, .. b.ListenAddresses], TimeSpan.FromMinutes(1));
        await a.ConnectAsync(b.Id, Ct);
        Assert.True(a.IsConnected(b.Id));
    }
}
