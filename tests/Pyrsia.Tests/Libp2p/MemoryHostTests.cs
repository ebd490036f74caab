using System.Collections.Concurrent;
using System.Net.Sockets;
using Pyrsia.Libp2p;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

/// <summary>Whole hosts on a network in memory, in time that only the test moves.</summary>
public sealed class MemoryHostTests : IAsyncDisposable
{
    private static readonly HeartbeatOptions Heartbeat = new();

    /// <summary>As often as a host looks at a connection at most.</summary>
    private static readonly TimeSpan Step = Heartbeat.Interval / Libp2pHost.MaxLooksPerInterval;

    private readonly SteppingTime _time = new();
    private readonly MemoryNetwork _network;
    private readonly TestHosts _hosts = new();

    public MemoryHostTests() => _network = new MemoryNetwork(_time);

    public async ValueTask DisposeAsync() => await MoveUntilAsync(_hosts.DisposeAsync().AsTask());

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private async Task<Libp2pHost> StartAsync(ulong number, Func<Libp2pHostOptions, Libp2pHostOptions>? change = null)
    {
        var host = await _hosts.StartSilentAsync(o => (change?.Invoke(o) ?? o) with { Time = _time, Memory = _network });
        await host.ListenAsync(Multiaddr.Parse($"/memory/{number}"), Ct);
        return host;
    }

    private async Task<(Libp2pHost A, Libp2pHost B)> ConnectedPairAsync()
    {
        var (a, b) = (await StartAsync(1), await StartAsync(2));
        var known = Task.WhenAll(TestHosts.NextAsync(a, b.Id, PeerEventKind.Identified), TestHosts.NextAsync(b, a.Id, PeerEventKind.Identified));
        await a.ConnectAsync(TestHosts.AddressOf(b), Ct);
        await known;
        return (a, b);
    }

    /// <summary>Lets virtual time pass for two hosts that do nothing but listen for each other, step by step as their heartbeats do what they have to.</summary>
    private async Task PassAsync(TimeSpan time, Func<bool>? until, params Libp2pHost[] answering)
    {
        for (var passed = TimeSpan.Zero; passed < time && until?.Invoke() != true; passed += Step)
        {
            await _time.StandAsync(2, Heartbeat.Interval);
            while (answering.Any(host => host.Load.Queued > 0)) await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, Ct);
            _time.Advance(Step);
        }
        await _time.StandAsync(2, Heartbeat.Interval);
    }

    /// <summary>Lets virtual time pass until something has ended.</summary>
    private async Task MoveUntilAsync(Task end)
    {
        while (await Task.WhenAny(end, Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, Ct)) != end) _time.Advance(Step);
    }

    [Fact]
    public async Task Hosts_find_identify_and_serve_each_other_while_the_clock_stands_still()
    {
        var began = _time.GetUtcNow();
        var (a, b) = await ConnectedPairAsync();
        Assert.Equal(["/memory/2"], b.ListenAddresses.Select(address => address.ToString()));
        Assert.Equal("/memory/2", a.FindPeer(b.Id)!.Address.ToString());
        Assert.Equal("/memory/1", b.FindPeer(a.Id)!.Address.ToString());
        Assert.Equal("libp2p-dotnet/0.1.0", b.FindPeer(a.Id)!.Agent);
        Assert.Equal(b.ListenAddresses, a.PeerStore.GetAddresses(b.Id));
        Assert.Equal(TimeSpan.Zero, await a.PingAsync(b.Id, Ct));
        Echo.Serve(b);
        await Echo.SendAsync(a, b.Id, 3_000_000, 64 * 1024, Ct);
        Assert.Equal(began, _time.GetUtcNow());
    }

    [Fact]
    public async Task A_ping_takes_twice_the_latency_of_the_link_to_the_tick()
    {
        var (a, b) = await ConnectedPairAsync();
        var latency = TimeSpan.FromTicks(123_457);
        _network.Link(1, 2).Latency = latency;
        var ping = a.PingAsync(b.Id, Ct);
        foreach (var way in (string[])["proposal", "agreement", "ping", "answer"])
        {
            Assert.False(ping.IsCompleted, way);
            await _time.TimerAsync(latency);
            _time.Advance(latency);
        }
        Assert.Equal(2 * latency, await ping.WaitAsync(TimeSpan.FromSeconds(30), Ct));
    }

    [Fact]
    public async Task Over_a_link_that_has_fallen_silent_a_peer_is_suspected_within_3_s_and_let_go_within_10()
    {
        var began = TimeProvider.System.GetTimestamp();
        var (a, b) = await ConnectedPairAsync();
        var told = new ConcurrentQueue<(PeerEventKind Kind, DateTimeOffset At)>();
        a.PeerChanged += (_, e) => told.Enqueue((e.Kind, _time.GetUtcNow()));
        var gone = TestHosts.NextAsync(a, b.Id, PeerEventKind.Disconnected);
        await PassAsync(TimeSpan.FromMinutes(1), null, a, b);
        Assert.Empty(told);
        _network.Link(1, 2).IsSilent = true;
        var silent = _time.GetUtcNow();
        await PassAsync(TimeSpan.FromSeconds(10), () => told.Any(t => t.Kind == PeerEventKind.Dead));
        // What follows takes no time.
        await gone;
        Assert.Equal([PeerEventKind.Suspected, PeerEventKind.Dead, PeerEventKind.Disconnected], told.Select(t => t.Kind));
        var after = told.Select(t => t.At - silent).ToArray();
        Assert.InRange(after[0], TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(3));
        Assert.InRange(after[2], TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(10));
        TestContext.Current.SendDiagnosticMessage($"Seventy seconds took {TimeProvider.System.GetElapsedTime(began).TotalMilliseconds:0} ms.");
    }

    [Fact]
    public async Task A_link_that_speaks_again_in_time_keeps_the_connection_and_all_that_was_sent()
    {
        var (a, b) = await ConnectedPairAsync();
        Echo.Serve(b);
        var recovered = TestHosts.NextAsync(a, b.Id, PeerEventKind.Recovered);
        var link = _network.Link(1, 2);
        link.IsSilent = true;
        var echo = Echo.SendAsync(a, b.Id, 1_000_000, 64 * 1024, Ct);
        await PassAsync(TimeSpan.FromSeconds(5), () => a.FindPeer(b.Id)!.State == PeerState.Suspected);
        Assert.Equal(PeerState.Suspected, a.FindPeer(b.Id)!.State);
        Assert.False(echo.IsCompleted);
        link.IsSilent = false;
        await echo;
        await PassAsync(TimeSpan.FromSeconds(5), () => recovered.IsCompleted);
        await recovered;
    }

    [Fact]
    public async Task Where_nobody_listens_a_dial_is_refused_and_over_a_silent_link_it_ends_at_its_time()
    {
        var (a, b) = (await StartAsync(1), await StartAsync(2));
        var e = await Assert.ThrowsAsync<DialFailedException>(() => a.ConnectAsync(Multiaddr.Parse("/memory/9"), Ct));
        Assert.IsType<SocketException>(Assert.IsType<AggregateException>(e.InnerException).InnerException);
        _network.Link(1, 2).IsSilent = true;
        var limit = new Libp2pHostOptions { Identity = a.Identity }.DialTimeout;
        var set = _time.TimerAsync(limit);
        var dial = a.ConnectAsync(TestHosts.AddressOf(b), Ct);
        await set;
        _time.Advance(limit - TimeSpan.FromTicks(1));
        Assert.False(dial.IsCompleted);
        _time.Advance(TimeSpan.FromTicks(1));
        var late = await Assert.ThrowsAsync<DialFailedException>(() => dial.WaitAsync(TimeSpan.FromSeconds(30), Ct));
        Assert.Contains("/memory/2 did not answer", late.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_peer_than_the_dialed_one_is_not_let_in()
    {
        var (a, b) = (await StartAsync(1), await StartAsync(2));
        await Assert.ThrowsAsync<PeerIdMismatchException>(() => a.ConnectAsync(b.ListenAddresses[0].WithPeerId(KeyPair.Generate().PeerId), Ct));
        Assert.False(a.IsConnected(b.Id));
    }

    [Fact]
    public async Task A_link_that_is_cut_ends_the_connection_at_both_ends_and_another_is_dialed()
    {
        var (a, b) = await ConnectedPairAsync();
        var over = Task.WhenAll(TestHosts.NextAsync(a, b.Id, PeerEventKind.Disconnected), TestHosts.NextAsync(b, a.Id, PeerEventKind.Disconnected));
        _network.Link(1, 2).Cut();
        await over;
        await a.ConnectAsync(b.Id, Ct);
        Assert.True(a.IsConnected(b.Id));
    }

    [Fact]
    public async Task Two_hosts_that_dial_each_other_at_the_same_moment_are_connected_both_ways_and_talk()
    {
        var (a, b) = (await StartAsync(1), await StartAsync(2));
        Echo.Serve(a);
        Echo.Serve(b);
        // Neither hears of the other's dial before its own is under way.
        _network.Link(1, 2).Latency = TimeSpan.FromMilliseconds(50);
        var dials = Task.WhenAll(a.ConnectAsync(TestHosts.AddressOf(b), Ct), b.ConnectAsync(TestHosts.AddressOf(a), Ct));
        await MoveUntilAsync(dials);
        Assert.Equal([b.Id, a.Id], await dials);
        _network.Link(1, 2).Latency = TimeSpan.Zero;
        var talk = Task.WhenAll(Echo.SendAsync(a, b.Id, 100_000, 10_000, Ct), Echo.SendAsync(b, a.Id, 100_000, 10_000, Ct));
        await MoveUntilAsync(talk);
        await talk;
        Assert.Equal((1, 1), (a.Peers.Count, b.Peers.Count));
        Assert.Equal((2L, 2L), (Connections(a), Connections(b)));

        static long Connections(Libp2pHost host) => host.Resources.Single(r => r.Kind == ResourceKind.Connections).Used;
    }

    [Fact]
    public async Task A_host_without_the_network_neither_listens_there_nor_dials()
    {
        var (outside, inside) = (await _hosts.StartSilentAsync(), await StartAsync(1));
        await Assert.ThrowsAsync<TransportUnavailableException>(() => outside.ListenAsync(Multiaddr.Parse("/memory/1"), Ct));
        Assert.Empty(outside.ListenAddresses);
        var e = await Assert.ThrowsAsync<DialFailedException>(() => outside.ConnectAsync(TestHosts.AddressOf(inside), Ct));
        Assert.Contains("names no transport that this host has", e.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new Libp2pHost(new Libp2pHostOptions { Identity = KeyPair.Generate(), Memory = _network }));
    }

    [Fact]
    public async Task A_host_that_listens_nowhere_dials_and_TCP_stands_beside()
    {
        var quiet = await _hosts.StartSilentAsync(o => o with { Time = _time, Memory = _network });
        var both = await StartAsync(1);
        await both.ListenAsync(Multiaddr.Parse("/ip4/127.0.0.1/tcp/0"), Ct);
        await quiet.ConnectAsync(TestHosts.AddressOf(both), Ct);
        var over = TestHosts.NextAsync(quiet, both.Id, PeerEventKind.Disconnected);
        await quiet.DisconnectAsync(both.Id);
        await over;
        await quiet.ConnectAsync(both.ListenAddresses[1].WithPeerId(both.Id), Ct);
        Assert.Contains("/tcp/", quiet.FindPeer(both.Id)!.Address.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_circuit_leads_over_a_relay_in_memory()
    {
        var relay = await StartAsync(1, o => o with { Relay = new RelayOptions() });
        var (behind, caller) = (await StartAsync(2), await StartAsync(3));
        await behind.ListenAsync(Multiaddr.Parse($"{TestHosts.AddressOf(relay)}/p2p-circuit"), Ct);
        Echo.Serve(behind);
        await caller.ConnectAsync(Multiaddr.Parse($"{TestHosts.AddressOf(relay)}/p2p-circuit/p2p/{behind.Id}"), Ct);
        await Echo.SendAsync(caller, behind.Id, 50_000, 4096, Ct);
        Assert.True(caller.FindPeer(behind.Id)!.IsLimited);
    }

    [Fact]
    public async Task A_private_network_is_kept_in_memory_too()
    {
        var key = PreSharedKey.Generate();
        var (a, b, stranger) = (await StartAsync(1, o => o with { PrivateNetwork = key }), await StartAsync(2, o => o with { PrivateNetwork = key }), await StartAsync(3));
        await a.ConnectAsync(TestHosts.AddressOf(b), Ct);
        var dial = stranger.ConnectAsync(TestHosts.AddressOf(b), Ct);
        await MoveUntilAsync(dial);
        await Assert.ThrowsAnyAsync<IOException>(() => dial);
    }

    [Fact]
    public async Task When_hosts_have_closed_nothing_is_left_on_the_network()
    {
        var (a, b) = await ConnectedPairAsync();
        Echo.Serve(b);
        await Echo.SendAsync(a, b.Id, 100_000, 1000, Ct);
        await Assert.ThrowsAsync<PeerIdMismatchException>(() => a.ConnectAsync(b.ListenAddresses[0].WithPeerId(KeyPair.Generate().PeerId), Ct));
        await a.DisposeAsync();
        await b.DisposeAsync();
        Assert.Equal(0, _network.Connections);
        Assert.True(a.Accounts.IsEmpty && b.Accounts.IsEmpty);
        using var free = _network.Listen(1);
    }
}
