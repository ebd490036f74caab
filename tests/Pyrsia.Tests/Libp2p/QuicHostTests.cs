using System.Net;
using System.Net.Sockets;
using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

/// <summary>What is particular to hosts that speak QUIC. Where the platform has none, each test asserts that a host says so; <see cref="QuicAbsenceTests"/> has the rest.</summary>
public sealed class QuicHostTests
{
    private static readonly Multiaddr Anywhere = Multiaddr.Parse("/ip4/127.0.0.1/udp/0/quic-v1");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Callers_whose_handshake_hangs_are_limited_in_sum_and_their_places_are_given_back_in_time()
    {
        await using var hosts = new TestHosts();
        if (await IsMissingAsync(hosts)) return;
        var limits = new ResourceLimits { MaxHandshakes = 2 };
        var host = await hosts.StartSilentAsync(o => o with { Limits = limits, DialTimeout = TimeSpan.FromSeconds(3) });
        await host.ListenAsync(Anywhere, Ct);
        var caller = await hosts.StartSilentAsync();
        var hello = await FirstPacketAsync(caller);

        using var silent = new Callers(3);
        await silent.CallAsync(hello, EndPointOf(host));
        await UntilAsync(() => Refused(host) == 1);
        Assert.Equal(2, Used(host, ResourceKind.QuicHandshakes));
        await Assert.ThrowsAnyAsync<Libp2pException>(() => caller.ConnectAsync(TestHosts.AddressOf(host), Ct));
        Assert.Equal(2, Refused(host));
        // Those who come over TCP are counted apart.
        await host.ListenAsync(Multiaddr.Parse("/ip4/127.0.0.1/tcp/0"), Ct);
        await caller.ConnectAsync(host.ListenAddresses[1].WithPeerId(host.Id), Ct);
        await caller.DisconnectAsync(host.Id);

        await UntilAsync(() => Used(host, ResourceKind.QuicHandshakes) == 0);
        await caller.ConnectAsync(TestHosts.AddressOf(host), Ct);
        await UntilAsync(() => Used(host, ResourceKind.QuicHandshakes) == 0);
        Assert.Equal(2, Refused(host));
        await hosts.DisposeAsync();
        Assert.True(host.Accounts.IsEmpty);
    }

    [Theory]
    [InlineData("dns4")]
    [InlineData("dns")]
    public async Task A_host_is_dialed_by_its_name(string kind)
    {
        await using var hosts = new TestHosts();
        if (await IsMissingAsync(hosts)) return;
        var host = await hosts.StartSilentAsync();
        await host.ListenAsync(Anywhere, Ct);
        var caller = await hosts.StartSilentAsync();
        Assert.Equal(host.Id, await caller.ConnectAsync(Multiaddr.Parse($"/{kind}/localhost/udp/{EndPointOf(host).Port}/quic-v1").WithPeerId(host.Id), Ct));
        Assert.Equal(host.ListenAddresses[0], caller.FindPeer(host.Id)!.Address);
    }

    [Fact]
    public async Task A_host_that_is_closed_while_handshakes_hang_holds_no_place()
    {
        await using var hosts = new TestHosts();
        if (await IsMissingAsync(hosts)) return;
        var host = await hosts.StartSilentAsync();
        await host.ListenAsync(Anywhere, Ct);
        var hello = await FirstPacketAsync(await hosts.StartSilentAsync());
        using var silent = new Callers(4);
        await silent.CallAsync(hello, EndPointOf(host));
        await UntilAsync(() => Used(host, ResourceKind.QuicHandshakes) == 4);
        await host.DisposeAsync();
        Assert.True(host.Accounts.IsEmpty);
    }

    [Fact]
    public async Task Callers_of_one_network_are_limited_and_those_of_another_admitted()
    {
        await using var hosts = new TestHosts();
        var host = await hosts.StartSilentAsync(o => o with { Limits = new ResourceLimits { MaxHandshakesPerPrefix = 2 } });
        using var first = host.AdmitQuic(IPEndPoint.Parse("26.1.2.1:1"));
        using var second = host.AdmitQuic(IPEndPoint.Parse("26.1.2.2:1"));
        Assert.Null(host.AdmitQuic(IPEndPoint.Parse("26.1.2.3:1")));
        using var elsewhere = host.AdmitQuic(IPEndPoint.Parse("26.1.3.1:1"));
        using var here = host.AdmitQuic(IPEndPoint.Parse("127.0.0.1:1"));
        Assert.True(first is not null && second is not null && elsewhere is not null && here is not null);
        Assert.Equal((4L, 0L, 1L), (Used(host, ResourceKind.QuicHandshakes), Used(host, ResourceKind.Handshakes), Refused(host)));
        first.Dispose();
        using var again = host.AdmitQuic(IPEndPoint.Parse("26.1.2.3:1"));
        Assert.NotNull(again);
    }

    [Fact]
    public async Task A_peer_of_which_nothing_comes_any_more_is_suspected_questions_to_it_fail_at_once_others_answer_and_it_is_given_up()
    {
        await using var hosts = new TestHosts();
        if (await IsMissingAsync(hosts)) return;
        var heartbeat = HeartbeatOptions.ForDeadAfter(TimeSpan.FromSeconds(3));
        var asker = await hosts.StartSilentAsync(o => o with { Heartbeat = heartbeat });
        var (doomed, other) = (await ServingAsync(), await ServingAsync());
        await using var path = new UdpPath(EndPointOf(doomed));
        await asker.ConnectAsync(Multiaddr.FromQuicEndPoint(path.Near).WithPeerId(doomed.Id), Ct);
        await asker.ConnectAsync(TestHosts.AddressOf(other), Ct);
        foreach (var peer in (PeerId[])[doomed.Id, other.Id]) Assert.Equal([1], await asker.RequestAsync(peer, "/ask", new byte[] { 1 }, cancellationToken: Ct));

        var suspected = TestHosts.NextAsync(asker, doomed.Id, PeerEventKind.Suspected);
        var dead = TestHosts.NextAsync(asker, doomed.Id, PeerEventKind.Dead);
        var gone = TestHosts.NextAsync(asker, doomed.Id, PeerEventKind.Disconnected);
        path.Cut();
        var start = TimeProvider.System.GetTimestamp();
        var question = asker.RequestAsync(doomed.Id, "/ask", new byte[] { 2 }, cancellationToken: Ct);
        await Assert.ThrowsAsync<ConnectionClosedException>(() => question);
        await suspected;
        Assert.InRange(TimeProvider.System.GetElapsedTime(start), heartbeat.SuspectAfter / 2, heartbeat.DeadAfter);
        Assert.Equal([3], await asker.RequestAsync(other.Id, "/ask", new byte[] { 3 }, cancellationToken: Ct));
        await dead;
        await gone;
        Assert.InRange(TimeProvider.System.GetElapsedTime(start), heartbeat.DeadAfter / 2, heartbeat.DeadAfter * 3);
        Assert.False(asker.IsConnected(doomed.Id));
        Assert.True(asker.IsConnected(other.Id));

        async Task<Libp2pHost> ServingAsync()
        {
            var host = await hosts.StartSilentAsync(o => o with { Heartbeat = heartbeat });
            await host.ListenAsync(Anywhere, Ct);
            host.HandleRequests("/ask", new RequestLimits(), (_, question, _) => Task.FromResult(question));
            return host;
        }
    }

    /// <summary>Whether there is no QUIC here; then a host that is to listen says why.</summary>
    private static async Task<bool> IsMissingAsync(TestHosts hosts)
    {
        if (QuicPlatform.IsAvailable) return false;
        var host = await hosts.StartSilentAsync();
        var error = await Assert.ThrowsAsync<TransportUnavailableException>(() => host.ListenAsync(Anywhere, Ct));
        Assert.Contains(QuicPlatform.Missing!, error.Message, StringComparison.Ordinal);
        return true;
    }

    /// <summary>What a dialer sends first. Whoever sends it again from elsewhere is a caller who never goes on, as one is who forges where he is.</summary>
    private static async Task<byte[]> FirstPacketAsync(Libp2pHost dialer)
    {
        using var socket = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var dial = dialer.ConnectAsync(Multiaddr.FromQuicEndPoint((IPEndPoint)socket.Client.LocalEndPoint!).WithPeerId(KeyPair.Generate().PeerId), enough.Token);
        var packet = (await socket.ReceiveAsync(Ct)).Buffer;
        await enough.CancelAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => dial);
        return packet;
    }

    private static IPEndPoint EndPointOf(Libp2pHost host)
    {
        Assert.True(host.ListenAddresses[0].TryGetQuicEndPoint(out var endPoint));
        return endPoint;
    }

    private static long Used(Libp2pHost host, ResourceKind kind) => host.Resources.Single(r => r.Kind == kind).Used;

    private static long Refused(Libp2pHost host) => host.Resources.Single(r => r.Kind == ResourceKind.QuicHandshakes).Refused;

    private static async Task UntilAsync(Func<bool> holds)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        while (!holds()) await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, patience.Token);
    }

    /// <summary>Sockets that each call once.</summary>
    private sealed class Callers(int count) : IDisposable
    {
        private readonly UdpClient[] sockets = [.. Enumerable.Range(0, count).Select(_ => new UdpClient(new IPEndPoint(IPAddress.Loopback, 0)))];

        public async Task CallAsync(byte[] packet, IPEndPoint listener)
        {
            foreach (var socket in sockets) await socket.SendAsync(packet, listener, Ct);
        }

        public void Dispose()
        {
            foreach (var socket in sockets) socket.Dispose();
        }
    }
}
