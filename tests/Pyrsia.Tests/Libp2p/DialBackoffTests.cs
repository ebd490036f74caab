using System.Net.Sockets;
using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

public sealed class DialBackoffTests
{
    private static readonly PeerId Peer = KeyPair.Generate().PeerId;
    private static readonly Multiaddr Here = Multiaddr.Parse("/ip4/26.1.2.3/tcp/1");
    private static readonly Multiaddr There = Multiaddr.Parse("/ip4/26.1.2.3/tcp/2");
    private static readonly Multiaddr Circuit = Multiaddr.Parse($"/ip4/26.1.2.4/tcp/1/p2p/{KeyPair.Generate().PeerId}").WithCircuit();

    private static readonly Libp2pHostOptions Defaults = new() { Identity = KeyPair.Generate() };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static DialBackoff New() => new(() => 1, Defaults.DialRetryMin, Defaults.DialRetryMax);

    [Fact]
    public void The_wait_doubles_up_to_a_minute_and_to_five_seconds_for_a_peer_that_is_protected()
    {
        Assert.Equal([0.5, 1, 2, 4, 8, 16, 32, 60, 60], Waits(Defaults.DialRetryMax));
        Assert.Equal([0.5, 1, 2, 4, 5, 5, 5, 5, 5], Waits(Defaults.ProtectedDialRetryMax));

        static double[] Waits(TimeSpan cap)
        {
            var (backoff, now) = (New(), TimeSpan.Zero);
            return [.. Enumerable.Range(0, 9).Select(i =>
            {
                backoff.Failed(Peer, Here, "refused", now, cap);
                Assert.True(backoff.Waits(Peer, Here, now, out var wait, out var reason));
                Assert.Equal("refused", reason);
                now += wait;
                Assert.False(backoff.Waits(Peer, Here, now, out _, out _));
                return wait.TotalSeconds;
            })];
        }
    }

    [Fact]
    public void An_address_waits_alone_and_starts_over_when_it_was_quiet_for_long()
    {
        var backoff = New();
        for (var i = 0; i < 5; i++) backoff.Failed(Peer, Here, "refused", TimeSpan.Zero, Defaults.DialRetryMax);
        Assert.False(backoff.Waits(Peer, There, TimeSpan.Zero, out _, out _));
        Assert.False(backoff.Waits(KeyPair.Generate().PeerId, Here, TimeSpan.Zero, out _, out _));
        Assert.True(backoff.Waits(Peer, Here, TimeSpan.Zero, out var wait, out _));
        var later = wait + Defaults.DialRetryMax + TimeSpan.FromSeconds(1);
        backoff.Failed(Peer, Here, "refused", later, Defaults.DialRetryMax);
        Assert.True(backoff.Waits(Peer, Here, later, out wait, out _));
        Assert.Equal(Defaults.DialRetryMin, wait);
    }

    [Fact]
    public void A_connection_forgives_all_and_a_circuit_what_leads_over_relays()
    {
        var backoff = New();
        foreach (var address in new[] { Here, There, Circuit }) backoff.Failed(Peer, address, "refused", TimeSpan.Zero, Defaults.DialRetryMax);
        backoff.Forgive(Peer, overRelay: true);
        Assert.False(backoff.Waits(Peer, Circuit, TimeSpan.Zero, out _, out _));
        Assert.True(backoff.Waits(Peer, Here, TimeSpan.Zero, out _, out _));
        backoff.Forgive(Peer, overRelay: false);
        Assert.False(backoff.Waits(Peer, There, TimeSpan.Zero, out _, out _));
        Assert.Equal(0, backoff.Count);
    }

    [Fact]
    public void So_many_peers_and_addresses_are_remembered_and_no_more()
    {
        var backoff = New();
        for (var port = 1; port < 1000; port++) backoff.Failed(Peer, Multiaddr.Parse($"/ip4/26.1.2.3/tcp/{port}"), new string('x', 100_000), TimeSpan.FromSeconds(port), Defaults.DialRetryMax);
        Assert.Equal(PeerStore.MaxAddressesPerPeer, Enumerable.Range(1, 999).Count(port => backoff.Waits(Peer, Multiaddr.Parse($"/ip4/26.1.2.3/tcp/{port}"), TimeSpan.Zero, out _, out _)));
        Assert.True(backoff.Waits(Peer, Multiaddr.Parse("/ip4/26.1.2.3/tcp/999"), TimeSpan.FromSeconds(999), out _, out var reason));
        Assert.Equal(200, reason.Length);

        PeerId[] many = [.. Enumerable.Range(0, DialBackoff.MaxPeers + 10).Select(_ => KeyPair.Generate().PeerId)];
        for (var i = 0; i < many.Length; i++) backoff.Failed(many[i], Here, "refused", TimeSpan.FromSeconds(2000) + TimeSpan.FromMilliseconds(i), Defaults.DialRetryMax);
        Assert.Equal(DialBackoff.MaxPeers, backoff.Count);
        Assert.True(backoff.Waits(many[^1], Here, TimeSpan.FromSeconds(2000), out _, out _));
        Assert.False(backoff.Waits(many[0], Here, TimeSpan.FromSeconds(2000), out _, out _));
    }

    [Fact]
    public async Task A_peer_that_did_not_answer_is_not_dialed_again_at_once_and_then_it_is()
    {
        var time = new SteppingTime();
        await using var hosts = new TestHosts();
        using var elsewhere = new SilentListener();
        var host = await hosts.StartSilentAsync(o => o with { Time = time });
        var peer = KeyPair.Generate().PeerId;
        host.PeerStore.AddAddresses(peer, [elsewhere.Address], TimeSpan.FromHours(1));
        var first = await FailsAsync(host, peer, elsewhere);
        Assert.Equal(Defaults.DialRetryMin, first.RetryAfter);
        var waits = await Assert.ThrowsAsync<DialFailedException>(() => host.OpenStreamAsync(peer, "/x", Ct));
        Assert.Equal(Defaults.DialRetryMin, waits.RetryAfter);
        Assert.Equal(0, elsewhere.Waiting);
        time.Advance(Defaults.DialRetryMin);
        var second = await FailsAsync(host, peer, elsewhere);
        Assert.InRange(second.RetryAfter!.Value, Defaults.DialRetryMin, 2 * Defaults.DialRetryMin);
    }

    [Fact]
    public async Task A_given_address_a_new_one_and_a_peer_that_dials_itself_end_the_wait()
    {
        var time = new SteppingTime();
        await using var hosts = new TestHosts();
        using var silent = new SilentListener();
        var host = await hosts.StartAsync(o => o with { Time = time });
        var peer = await hosts.StartAsync();
        host.PeerStore.AddAddresses(peer.Id, [silent.Address], TimeSpan.FromHours(1));
        await FailsAsync(host, peer.Id, silent);
        // The program names it: it is dialed.
        var named = host.ConnectAsync(silent.Address.WithPeerId(peer.Id), Ct);
        (await silent.NextAsync(Ct)).Dispose();
        await Assert.ThrowsAnyAsync<Exception>(() => named);
        // The peer comes by itself, and goes.
        var (came, left) = (TestHosts.NextAsync(host, peer.Id, PeerEventKind.Identified), TestHosts.NextAsync(host, peer.Id, PeerEventKind.Disconnected));
        await peer.ConnectAsync(TestHosts.AddressOf(host), Ct);
        await came;
        await peer.DisconnectAsync(host.Id);
        await left;
        host.PeerStore.Remove(peer.Id);
        host.PeerStore.AddAddresses(peer.Id, [silent.Address], TimeSpan.FromHours(1));
        await FailsAsync(host, peer.Id, silent);
        // Another address is heard of.
        host.PeerStore.AddAddresses(peer.Id, peer.ListenAddresses, TimeSpan.FromHours(1));
        await host.ConnectAsync(peer.Id, Ct);
        Assert.Equal(peer.ListenAddresses[0], host.FindPeer(peer.Id)!.Address);
        Assert.Equal(0, silent.Waiting);
    }

    [Fact]
    public async Task What_the_gate_forbids_is_not_taken_for_an_address_that_does_not_answer()
    {
        await using var hosts = new TestHosts();
        Assert.True(DenyList.TryParse(["127.0.0.2"], out var deny, out _));
        var host = await hosts.StartSilentAsync(o => o with { Gate = deny });
        var peer = KeyPair.Generate().PeerId;
        host.PeerStore.AddAddresses(peer, [Multiaddr.Parse("/ip4/127.0.0.2/tcp/1")], TimeSpan.FromHours(1));
        for (var i = 0; i < 3; i++) await Assert.ThrowsAsync<DialRefusedException>(() => host.ConnectAsync(peer, Ct));
    }

    /// <summary>Has the host dial the listener, which hangs up.</summary>
    private static async Task<DialFailedException> FailsAsync(Libp2pHost host, PeerId peer, SilentListener listener)
    {
        var dial = host.OpenStreamAsync(peer, "/x", Ct);
        using (var caller = await listener.NextAsync(Ct)) caller.Shutdown(SocketShutdown.Both);
        return await Assert.ThrowsAsync<DialFailedException>(() => dial);
    }
}
