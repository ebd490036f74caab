using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

public sealed class ConnectionGateTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_address_that_the_gate_refuses_is_not_dialed_and_another_of_the_peer_is()
    {
        await using var hosts = new TestHosts();
        var b = await hosts.StartAsync();
        await b.ListenAsync(Multiaddr.Parse("/ip4/127.0.0.1/tcp/0"), Ct);
        var a = await hosts.StartAsync(o => o with { Gate = new Gate { Dial = (address, _) => address.Equals(b.ListenAddresses[0]) ? "closed today" : null } });
        var error = await Assert.ThrowsAsync<DialRefusedException>(() => a.ConnectAsync(TestHosts.AddressOf(b), Ct));
        Assert.Contains("closed today", error.Message, StringComparison.Ordinal);
        a.PeerStore.AddAddresses(b.Id, b.ListenAddresses, TimeSpan.FromMinutes(1));
        await a.ConnectAsync(b.Id, Ct);
        Assert.Equal(b.ListenAddresses[1], a.FindPeer(b.Id)!.Address);
        Assert.True(a.GateRefusals >= 1);
    }

    [Fact]
    public async Task A_caller_is_refused_before_its_handshake_and_a_peer_after_it()
    {
        await using var hosts = new TestHosts();
        var barred = KeyPair.Generate();
        var asked = 0;
        var open = false;
        var host = await hosts.StartAsync(o => o with
        {
            Gate = new Gate
            {
                Caller = address => open ? null : $"nobody from {address} today",
                Peer = (peer, _, inbound) =>
                {
                    Interlocked.Increment(ref asked);
                    return inbound && peer == barred.PeerId ? "it is known" : null;
                },
            },
        });
        var caller = await hosts.StartAsync(o => o with { Identity = barred });
        await Assert.ThrowsAnyAsync<Libp2pException>(() => caller.ConnectAsync(TestHosts.AddressOf(host), Ct));
        Assert.Equal((0, 1L), (asked, host.GateRefusals));
        open = true;
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
        Assert.False(host.IsConnected(barred.PeerId));
        Assert.Equal((1, 2L), (asked, host.GateRefusals));
        var other = await hosts.StartAsync();
        await other.ConnectAsync(TestHosts.AddressOf(host), Ct);
        Assert.True(await other.PingAsync(host.Id, Ct) > TimeSpan.Zero);
    }

    [Fact]
    public async Task A_peer_that_is_dialed_may_be_refused_when_it_is_known_and_the_dialer_is_told()
    {
        await using var hosts = new TestHosts();
        var b = await hosts.StartAsync();
        var a = await hosts.StartAsync(o => o with { Gate = new Gate { Peer = (peer, _, inbound) => !inbound && peer == b.Id ? "it is known" : null } });
        var error = await Assert.ThrowsAsync<PeerRefusedException>(() => a.ConnectAsync(b.ListenAddresses[0], Ct));
        Assert.Contains("it is known", error.Message, StringComparison.Ordinal);
        Assert.False(a.IsConnected(b.Id));
    }

    [Fact]
    public async Task A_gate_that_throws_refuses_and_is_reported()
    {
        await using var hosts = new TestHosts();
        var b = await hosts.StartAsync();
        var a = await hosts.StartAsync(o => o with { Gate = new Gate { Dial = (_, _) => throw new InvalidOperationException("broken") } });
        var reported = new TaskCompletionSource<HostFaultEventArgs>(TaskCreationOptions.RunContinuationsAsynchronously);
        a.Faulted += (_, e) => reported.TrySetResult(e);
        await Assert.ThrowsAsync<DialRefusedException>(() => a.ConnectAsync(TestHosts.AddressOf(b), Ct));
        Assert.Equal("broken", (await reported.Task.WaitAsync(Ct)).Fault.Message);
    }

    [Fact]
    public void A_deny_list_keeps_out_peers_and_networks_in_both_directions()
    {
        var peer = KeyPair.Generate().PeerId;
        var other = KeyPair.Generate().PeerId;
        Assert.True(DenyList.TryParse([peer.ToString(), "192.0.2.0/24", "2001:db8::/32", "198.51.100.7"], out var list, out _));
        IConnectionGate gate = list;
        foreach (var barred in (string[])["/ip4/192.0.2.9/tcp/1", "/ip4/198.51.100.7/tcp/1/ws", "/ip6/2001:db8:1::1/tcp/1", "/ip6/::ffff:192.0.2.9/tcp/1"])
        {
            Assert.NotNull(gate.RefuseDial(Multiaddr.Parse(barred), other));
            Assert.NotNull(gate.RefuseCaller(Multiaddr.Parse(barred)));
            Assert.NotNull(gate.RefusePeer(other, Multiaddr.Parse(barred), inbound: true));
        }
        foreach (var free in (string[])["/ip4/192.0.3.9/tcp/1", "/ip4/198.51.100.8/tcp/1", $"/ip4/192.0.2.9/tcp/1/p2p/{other}/p2p-circuit"])
        {
            Assert.Null(gate.RefuseDial(Multiaddr.Parse(free), other));
            Assert.Null(gate.RefuseDial(Multiaddr.Parse(free), null));
            Assert.NotNull(gate.RefuseDial(Multiaddr.Parse(free), peer));
            Assert.Null(gate.RefuseCaller(Multiaddr.Parse(free)));
            Assert.NotNull(gate.RefusePeer(peer, Multiaddr.Parse(free), inbound: false));
        }
        Assert.False(DenyList.TryParse(["192.0.2.0/24", "nobody"], out _, out var wrong));
        Assert.Equal("nobody", wrong);
    }

    private sealed class Gate : IConnectionGate
    {
        public Func<Multiaddr, PeerId?, string?> Dial { get; init; } = (_, _) => null;

        public Func<Multiaddr, string?> Caller { get; init; } = _ => null;

        public Func<PeerId, Multiaddr, bool, string?> Peer { get; init; } = (_, _, _) => null;

        public string? RefuseDial(Multiaddr address, PeerId? peer) => Dial(address, peer);

        public string? RefuseCaller(Multiaddr address) => Caller(address);

        public string? RefusePeer(PeerId peer, Multiaddr address, bool inbound) => Peer(peer, address, inbound);
    }
}
