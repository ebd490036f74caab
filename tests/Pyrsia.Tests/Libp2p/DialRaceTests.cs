using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

/// <summary>Dials of several addresses of one peer, over real connections; the clock is the test's where the stagger matters.</summary>
public sealed class DialRaceTests
{
    private static readonly TimeSpan Stagger = new Libp2pHostOptions { Identity = KeyPair.Generate() }.DialStagger;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task When_the_first_address_is_silent_the_second_is_dialed_after_the_head_start_and_the_first_let_go()
    {
        var time = new SteppingTime();
        await using var hosts = new TestHosts();
        using var silent = new SilentListener();
        var a = await hosts.StartSilentAsync(o => o with { Time = time });
        var b = await hosts.StartAsync();
        Know(a, b.Id, silent.Address, b.ListenAddresses[0]);
        var headStart = time.TimerAsync(Stagger);
        var dial = a.ConnectAsync(b.Id, Ct);
        using var caller = await silent.NextAsync(Ct);
        await headStart;
        time.Advance(Stagger - TimeSpan.FromMilliseconds(1));
        Assert.False(dial.IsCompleted);
        Assert.False(b.IsConnected(a.Id));
        time.Advance(TimeSpan.FromMilliseconds(1));
        await dial.WaitAsync(TimeSpan.FromSeconds(30), Ct);
        Assert.Equal(b.ListenAddresses[0], a.FindPeer(b.Id)!.Address);
        await SilentListener.ClosedAsync(caller, Ct);
        Assert.Equal(1, a.Resources.Single(r => r.Kind == ResourceKind.Connections).Used);
    }

    [Fact]
    public async Task Each_address_joins_the_race_a_head_start_after_the_one_before()
    {
        var time = new SteppingTime();
        await using var hosts = new TestHosts();
        using SilentListener first = new(), second = new(), third = new();
        var host = await hosts.StartSilentAsync(o => o with { Time = time });
        var peer = KeyPair.Generate().PeerId;
        Know(host, peer, first.Address, second.Address, third.Address);
        var headStart = time.TimerAsync(Stagger);
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var dial = host.ConnectAsync(peer, gone.Token);
        using var one = await first.NextAsync(Ct);
        await headStart;
        Assert.Equal((0, 0), (second.Waiting, third.Waiting));
        time.Advance(Stagger);
        using var two = await second.NextAsync(Ct);
        Assert.Equal(0, third.Waiting);
        await time.TimerAsync(Stagger);
        time.Advance(Stagger);
        using var three = await third.NextAsync(Ct);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => dial);
    }

    [Fact]
    public async Task An_address_that_refuses_at_once_costs_no_head_start()
    {
        var time = new SteppingTime();
        await using var hosts = new TestHosts();
        var a = await hosts.StartSilentAsync(o => o with { Time = time });
        var b = await hosts.StartAsync();
        Know(a, b.Id, Multiaddr.Parse("/ip4/127.0.0.1/tcp/1"), b.ListenAddresses[0]);
        await a.ConnectAsync(b.Id, Ct).WaitAsync(TimeSpan.FromSeconds(30), Ct);
        Assert.True(a.IsConnected(b.Id));
    }

    [Fact]
    public async Task Of_addresses_that_answer_at_the_same_time_one_connection_stays_and_nothing_is_held_of_the_others()
    {
        await using var hosts = new TestHosts();
        for (var round = 0; round < 20; round++)
        {
            // All four may be done at the listener before the dialer has chosen one, and by default it lets no peer have more than three.
            var b = await hosts.StartAsync(o => o with { Limits = new ResourceLimits { MaxConnectionsPerPeer = 8, MaxInboundConnectionsPerPeer = 8 } });
            for (var i = 0; i < 3; i++) await b.ListenAsync(Multiaddr.Parse("/ip4/127.0.0.1/tcp/0"), Ct);
            var a = await hosts.StartSilentAsync(o => o with { DialStagger = TimeSpan.Zero });
            Know(a, b.Id, [.. b.ListenAddresses]);
            await a.ConnectAsync(b.Id, Ct);
            Assert.Equal(1, Connections(a));
            await UntilAsync(() => Connections(b) == 1 && b.Resources.Single(r => r.Kind == ResourceKind.Handshakes).Used == 0);
            Assert.True(a.IsConnected(b.Id));
            await a.DisposeAsync();
            await UntilAsync(() => b.Accounts.IsEmpty);
            Assert.True(a.Accounts.IsEmpty);
            await b.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_loser_that_arrives_after_the_race_is_closed()
    {
        await using var hosts = new TestHosts();
        var (a, b) = (await hosts.StartSilentAsync(), await hosts.StartAsync());
        var late = new TaskCompletionSource<PeerConnection>();
        Libp2pHost.DropLoser(late.Task);
        Assert.True(b.ListenAddresses[0].TryGetTcpEndPoint(out var endPoint));
        var (came, left) = (TestHosts.NextAsync(b, a.Id, PeerEventKind.Connected), TestHosts.NextAsync(b, a.Id, PeerEventKind.Disconnected));
        var connection = await a.DialApartAsync(new DialTarget(endPoint, b.Id), Ct);
        await came;
        late.SetResult(connection);
        await left;
        Assert.NotNull(connection.Muxed.Failure);
        Assert.Empty(a.Peers);
        await UntilAsync(() => b.Accounts.IsEmpty);
    }

    [Fact]
    public async Task Of_several_peers_behind_a_name_one_that_is_banned_does_not_stand_in_the_way_of_another()
    {
        await using var server = new ScriptedNameServer();
        await using var hosts = new TestHosts();
        var host = await hosts.StartAsync(o => o with { NameServers = [server.EndPoint] });
        var (banned, welcome) = (await hosts.StartAsync(), await hosts.StartAsync());
        host.Ban(banned.Id, "a test", TimeSpan.FromMinutes(1));
        server.Texts["_dnsaddr.two.example"] = [$"dnsaddr={TestHosts.AddressOf(banned)}", $"dnsaddr={TestHosts.AddressOf(welcome)}"];
        Assert.Equal(welcome.Id, await host.ConnectAsync(Multiaddr.Parse("/dnsaddr/two.example"), Ct));
    }

    /// <summary>Puts addresses into the peer store, the first with the longest validity.</summary>
    private static void Know(Libp2pHost host, PeerId peer, params Multiaddr[] addresses)
    {
        for (var i = 0; i < addresses.Length; i++) host.PeerStore.AddAddresses(peer, [addresses[i]], TimeSpan.FromHours(addresses.Length - i));
    }

    private static long Connections(Libp2pHost host) => host.Resources.Single(r => r.Kind == ResourceKind.Connections).Used;

    private static async Task UntilAsync(Func<bool> holds)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        while (!holds()) await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, patience.Token);
    }
}
