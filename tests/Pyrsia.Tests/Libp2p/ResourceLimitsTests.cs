using System.Net;
using System.Net.WebSockets;
using Pyrsia.Libp2p;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

/// <summary>Limits of a host that serves real connections.</summary>
public sealed class ResourceLimitsTests
{
    private static readonly IPEndPoint Local = new(IPAddress.Loopback, 1);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_peer_that_opens_too_many_streams_of_a_protocol_is_reset_while_others_are_served()
    {
        await using var hosts = new TestHosts();
        var (greedy, host) = await hosts.ConnectedPairAsync();
        var modest = await hosts.StartAsync();
        Hold(host, new ProtocolLimits { MaxStreams = 10, MaxStreamsPerPeer = 3 });
        var held = new List<Libp2pStream>();
        for (var i = 0; i < 3; i++) held.Add(await HeldAsync(greedy, host));
        for (var i = 0; i < 5; i++) await Assert.ThrowsAsync<StreamResetException>(() => HeldAsync(greedy, host));
        await modest.ConnectAsync(TestHosts.AddressOf(host), Ct);
        held.Add(await HeldAsync(modest, host));
        Assert.Equal(5, Refused(host, ResourceKind.ProtocolStreams));
        foreach (var stream in held) await stream.DisposeAsync();
        await UntilAsync(() => host.Resources.Single(r => r.Kind == ResourceKind.ProtocolStreams).Used == 0);
        await using var again = await HeldAsync(greedy, host);
    }

    [Fact]
    public async Task A_protocol_whose_memory_is_taken_resets_further_streams_while_other_peers_and_other_protocols_are_served()
    {
        await using var hosts = new TestHosts();
        var (greedy, host) = await hosts.ConnectedPairAsync();
        Hold(host, new ProtocolLimits { MaxBytes = 3 * ProtocolLimits.StreamBytes, MaxBytesPerPeer = 2 * ProtocolLimits.StreamBytes });
        Echo.Serve(host);
        var (modest, late) = (await hosts.StartAsync(), await hosts.StartAsync());
        var held = new List<Libp2pStream>();
        for (var i = 0; i < 2; i++) held.Add(await HeldAsync(greedy, host));
        await Assert.ThrowsAsync<StreamResetException>(() => HeldAsync(greedy, host));
        await modest.ConnectAsync(TestHosts.AddressOf(host), Ct);
        held.Add(await HeldAsync(modest, host));
        await late.ConnectAsync(TestHosts.AddressOf(host), Ct);
        await Assert.ThrowsAsync<StreamResetException>(() => HeldAsync(late, host));
        Assert.Equal(2, Refused(host, ResourceKind.ProtocolStreams));
        Assert.True(Used(host, ResourceKind.ProtocolBytes) >= 3 * ProtocolLimits.StreamBytes);
        // Another protocol has memory of its own, for the same peer and for others.
        foreach (var caller in (Libp2pHost[])[greedy, modest, late]) await Echo.SendAsync(caller, host.Id, 1_000_000, 64 * 1024, Ct);
        foreach (var stream in held) await stream.DisposeAsync();
        await using var again = await UntilOpenAsync(late, host);
    }

    [Fact]
    public async Task Over_a_protocol_without_memory_to_grow_every_byte_comes_all_the_same()
    {
        await using var hosts = new TestHosts();
        var (caller, host) = await hosts.ConnectedPairAsync();
        host.Handle("/count", async (stream, ct) =>
        {
            var (buffer, sum) = (new byte[64 * 1024], 0);
            while (await stream.ReadAsync(buffer, ct) is > 0 and var n) sum += n;
            await stream.WriteMessageAsync(BitConverter.GetBytes(sum), ct);
        }, new ProtocolLimits { MaxBytes = ProtocolLimits.StreamBytes });
        await using var stream = await caller.OpenStreamAsync(host.Id, "/count", Ct);
        for (var i = 0; i < 50; i++) await stream.WriteAsync(new byte[64 * 1024], Ct);
        await stream.CloseWriteAsync(Ct);
        Assert.Equal(BitConverter.GetBytes(50 * 64 * 1024), await stream.ReadMessageAsync(4, Ct));
        Assert.Equal(0, Used(host, ResourceKind.WindowBytes));
    }

    [Fact]
    public async Task A_peer_has_so_many_streams_over_all_its_connections_and_protocols_and_not_more()
    {
        await using var hosts = new TestHosts();
        var host = await hosts.StartAsync(o => o with { Limits = new ResourceLimits { MaxInboundStreamsPerPeer = 8, MaxInboundStreams = 40 } });
        Hold(host, new ProtocolLimits());
        var greedy = await hosts.StartAsync();
        var modest = await hosts.StartAsync();
        await greedy.ConnectAsync(TestHosts.AddressOf(host), Ct);
        var opened = new List<Libp2pStream>();
        for (var i = 0; i < 20; i++)
        {
            try
            {
                opened.Add(await HeldAsync(greedy, host));
            }
            catch (StreamResetException)
            {
                // Beyond the limit.
            }
        }
        // One place is the ping stream's; for a moment one more is identify's.
        Assert.InRange(opened.Count, 5, 8);
        Assert.True(Refused(host, ResourceKind.InboundStreams) >= 12);
        await modest.ConnectAsync(TestHosts.AddressOf(host), Ct);
        for (var i = 0; i < 4; i++) opened.Add(await HeldAsync(modest, host));
        foreach (var stream in opened) await stream.DisposeAsync();
        await using var again = await UntilOpenAsync(greedy, host);
    }

    [Fact]
    public async Task Too_many_handshakes_from_one_network_are_refused_and_others_get_in()
    {
        await using var hosts = new TestHosts();
        var host = await hosts.StartSilentAsync(o => o with { Limits = new ResourceLimits { MaxHandshakesPerPrefix = 2 } });
        var silent = new List<(WebSocket Socket, Task Served)>();
        for (byte i = 1; i <= 2; i++) silent.Add(await CallAsync(host, $"26.1.2.{i}"));
        Assert.Equal(2, Used(host, ResourceKind.Handshakes));
        var (beyond, refused) = await CallAsync(host, "26.1.2.3");
        await Assert.ThrowsAsync<PeerRefusedException>(() => refused);
        await Assert.ThrowsAnyAsync<WebSocketException>(() => beyond.ReceiveAsync(new byte[1], Ct));
        beyond.Dispose();
        Assert.Equal(1, Refused(host, ResourceKind.Handshakes));

        foreach (var elsewhere in (string[])["26.1.3.1", "127.0.0.1", "10.0.0.1"]) await ServedAsync(host, elsewhere);

        foreach (var (socket, served) in silent)
        {
            socket.Abort();
            await Assert.ThrowsAnyAsync<Exception>(() => served);
            socket.Dispose();
        }
        Assert.Equal(0, Used(host, ResourceKind.Handshakes));
        await ServedAsync(host, "26.1.2.3");
        await hosts.DisposeAsync();
        Assert.True(host.Accounts.IsEmpty);
    }

    [Fact]
    public async Task A_host_whose_inbound_places_are_in_use_refuses_callers_dials_on_and_gives_the_place_of_an_idle_one_away()
    {
        await using var hosts = new TestHosts();
        var host = await hosts.StartAsync(o => o with { Limits = new ResourceLimits { MaxInboundConnections = 2 } });
        Hold(host, new ProtocolLimits());
        Libp2pHost first = await hosts.StartAsync(), second = await hosts.StartAsync(), third = await hosts.StartAsync();
        var held = new List<Libp2pStream>();
        foreach (var caller in (Libp2pHost[])[first, second]) held.Add(await ConnectedAsync(caller));
        await RefusedAsync(third);
        Assert.Equal((2L, 1L), (Used(host, ResourceKind.InboundConnections), Refused(host, ResourceKind.InboundConnections)));
        await host.ConnectAsync(TestHosts.AddressOf(third), Ct);
        await host.DisconnectAsync(third.Id);

        var gone = TestHosts.NextAsync(host, first.Id, PeerEventKind.Disconnected);
        await held[0].DisposeAsync();
        await UntilAsync(() => Used(host, ResourceKind.ProtocolStreams) <= 1);
        await UntilAsync(() => !third.IsConnected(host.Id));
        held.Add(await ConnectedAsync(third));
        await gone;
        Assert.True(host.IsConnected(second.Id) && host.IsConnected(third.Id));
        Assert.Equal(2, Used(host, ResourceKind.InboundConnections));

        async Task<Libp2pStream> ConnectedAsync(Libp2pHost caller)
        {
            await caller.ConnectAsync(TestHosts.AddressOf(host), Ct);
            return await HeldAsync(caller, host);
        }

        async Task RefusedAsync(Libp2pHost caller)
        {
            var over = TestHosts.NextAsync(caller, host.Id, PeerEventKind.Disconnected);
            try
            {
                await caller.ConnectAsync(TestHosts.AddressOf(host), Ct);
                await over;
            }
            catch (Libp2pException)
            {
                // The refusal may come while the dial is under way.
            }
        }
    }

    [Fact]
    public async Task One_network_fills_its_share_of_the_inbound_places_and_no_more()
    {
        await using var hosts = new TestHosts();
        var host = await hosts.StartSilentAsync(o => o with { Limits = new ResourceLimits { MaxInboundConnectionsPerPrefix = 1 } });
        await using var one = await CallerAsync(host, "26.1.2.1");
        host.Protect(one.Peer);
        await UntilAsync(() => host.IsConnected(one.Peer));
        await using var two = await CallerAsync(host, "26.1.2.2");
        await Assert.ThrowsAsync<PeerRefusedException>(() => two.Served);
        await using var three = await CallerAsync(host, "26.1.3.1");
        await UntilAsync(() => host.IsConnected(three.Peer));
        host.Unprotect(one.Peer);
        await using var four = await CallerAsync(host, "26.1.2.4");
        await UntilAsync(() => host.IsConnected(four.Peer));
        await one.Served;
        Assert.True(host.IsConnected(three.Peer));
    }

    [Fact]
    public async Task A_peer_whose_share_of_window_growth_is_spent_still_gets_its_bytes_through()
    {
        await using var hosts = new TestHosts();
        var host = await hosts.StartAsync(o => o with { Limits = new ResourceLimits { MaxWindowGrowthPerPeer = 0 } });
        Echo.Serve(host);
        var caller = await hosts.StartSilentAsync();
        await caller.ConnectAsync(TestHosts.AddressOf(host), Ct);
        await Echo.SendAsync(caller, host.Id, 3_000_000, 64 * 1024, Ct);
        Assert.Equal(0, Used(host, ResourceKind.WindowBytes));
        Assert.True(Refused(host, ResourceKind.WindowBytes) > 0);
    }

    [Fact]
    public async Task When_everything_has_ended_in_every_way_nothing_is_held()
    {
        var served = new TestHosts();
        var host = await served.StartAsync(o => o with { Limits = new ResourceLimits { MaxWindowGrowth = 1024 * 1024 } });
        Hold(host, new ProtocolLimits { MaxStreamsPerPeer = 4 });
        Echo.Serve(host);
        host.Handle("/fails", (_, _) => throw new InvalidOperationException("as it does"));
        await using (var callers = new TestHosts())
        {
            var calls = new List<Libp2pHost>();
            for (var i = 0; i < 4; i++) calls.Add(await callers.StartSilentAsync());
            await Task.WhenAll(calls.Select(async caller =>
            {
                await caller.ConnectAsync(TestHosts.AddressOf(host), Ct);
                // Windows grow; a handler fails; streams are refused, left open, reset and given up.
                await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Echo.SendAsync(caller, host.Id, 3_000_000, 64 * 1024, Ct)));
                await Assert.ThrowsAnyAsync<Libp2pException>(() => caller.RequestAsync(host.Id, "/fails", new byte[1], null, Ct));
                for (var i = 0; i < 4; i++) await HeldAsync(caller, host);
                await Assert.ThrowsAsync<StreamResetException>(() => HeldAsync(caller, host));
                (await caller.OpenStreamAsync(host.Id, Echo.Protocol, Ct)).Reset();
                var dropped = await caller.OpenStreamAsync(host.Id, Echo.Protocol, Ct);
                await dropped.ConfirmAsync(Ct);
                dropped.Reset();
                using var impatient = new CancellationTokenSource();
                var given = caller.RequestAsync(host.Id, "/hold", new byte[1], null, impatient.Token);
                await impatient.CancelAsync();
                await Assert.ThrowsAnyAsync<Exception>(() => given);
            }));
            host.ListenAddresses[0].TryGetTcpEndPoint(out var endPoint);
            for (var i = 0; i < 5; i++)
            {
                using var socket = new System.Net.Sockets.TcpClient();
                await socket.ConnectAsync(endPoint, Ct);
                if (i % 2 == 0) socket.Client.LingerState = new System.Net.Sockets.LingerOption(true, 0);
            }
            var stranger = await callers.StartSilentAsync(o => o with { Security = [SecurityProtocol.Tls] });
            await Assert.ThrowsAsync<PeerIdMismatchException>(() => stranger.ConnectAsync(host.ListenAddresses[0].WithPeerId(calls[0].Id), Ct));
            using var hasty = new CancellationTokenSource();
            var dial = stranger.ConnectAsync(TestHosts.AddressOf(host), hasty.Token);
            await hasty.CancelAsync();
            // On a busy machine the dial may be done before it is given up, which is one more way to end.
            await Record.ExceptionAsync(() => dial);
        }
        // Also while the host lives.
        await UntilAsync(() => host.Accounts.IsEmpty);
        Assert.All(host.Resources, r => Assert.Equal(0, r.Used));
        await served.DisposeAsync();
        Assert.True(host.Accounts.IsEmpty);
    }

    [Fact]
    public async Task A_host_that_closes_under_use_holds_nothing()
    {
        await using var hosts = new TestHosts();
        var (a, b) = await hosts.ConnectedPairAsync();
        Hold(b, new ProtocolLimits());
        for (var i = 0; i < 5; i++) await HeldAsync(a, b);
        Assert.False(b.Accounts.IsEmpty);
        await b.DisposeAsync();
        Assert.True(b.Accounts.IsEmpty);
        await a.DisposeAsync();
        Assert.True(a.Accounts.IsEmpty);
    }

    /// <summary>Serves a protocol that says one byte and keeps the stream until the other side ends it.</summary>
    private static void Hold(Libp2pHost host, ProtocolLimits limits) => host.Handle("/hold", async (stream, ct) =>
    {
        await stream.WriteAsync(new byte[1], ct);
        while (await stream.ReadAsync(new byte[16], ct) > 0)
        {
            // Held.
        }
    }, limits);

    private static async Task<Libp2pStream> HeldAsync(Libp2pHost from, Libp2pHost to)
    {
        var stream = await from.OpenStreamAsync(to.Id, "/hold", Ct);
        await stream.ReadExactlyAsync(new byte[1], Ct);
        return stream;
    }

    private static async Task<Libp2pStream> UntilOpenAsync(Libp2pHost from, Libp2pHost to)
    {
        while (true)
        {
            try
            {
                return await HeldAsync(from, to);
            }
            catch (StreamResetException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Ct);
            }
        }
    }

    /// <summary>A caller that says nothing.</summary>
    private static async Task<(WebSocket Socket, Task Served)> CallAsync(Libp2pHost host, string ip)
    {
        var (server, client) = await WebSocketPair.OpenAsync(Ct);
        return (client, host.ServeAsync(server, Local, new IPEndPoint(IPAddress.Parse(ip), 4001), Ct));
    }

    /// <summary>A caller that gets in, and leaves.</summary>
    private static async Task ServedAsync(Libp2pHost host, string ip)
    {
        await using var caller = await CallerAsync(host, ip);
        await UntilAsync(() => host.IsConnected(caller.Peer));
    }

    private static async Task<WebSocketCaller> CallerAsync(Libp2pHost host, string ip)
    {
        var (socket, served) = await CallAsync(host, ip);
        return await WebSocketCaller.DialAsync(socket, host.Id, served, Ct);
    }

    private static long Used(Libp2pHost host, ResourceKind kind) => host.Resources.Single(r => r.Kind == kind).Used;

    private static long Refused(Libp2pHost host, ResourceKind kind) => host.Resources.Single(r => r.Kind == kind).Refused;

    private static async Task UntilAsync(Func<bool> holds)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        while (!holds())
        {
            Assert.False(patience.IsCancellationRequested, "half a minute is over");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Ct);
        }
    }
}
