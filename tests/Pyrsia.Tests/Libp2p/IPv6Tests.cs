using System.Net.Sockets;
using Pyrsia.Libp2p;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

/// <summary>Hosts on the loopback address of IPv6.</summary>
public sealed class IPv6Tests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/ip6/::1/tcp/0", SecurityProtocol.Noise)]
    [InlineData("/ip6/::1/tcp/0", SecurityProtocol.Tls)]
    [InlineData("/ip6/::1/tcp/0/ws", SecurityProtocol.Noise)]
    public async Task Two_hosts_identify_ping_and_transfer_over_IPv6(string address, SecurityProtocol security)
    {
        NeedsIPv6();
        await using var hosts = new TestHosts();
        var a = await ListeningAsync(hosts, security, address);
        var b = await ListeningAsync(hosts, security, address);
        Echo.Serve(b);
        Assert.StartsWith("/ip6/::1/tcp/", b.ListenAddresses[0].ToString(), StringComparison.Ordinal);
        await a.ConnectAsync(TestHosts.AddressOf(b), Ct);
        Assert.True(await a.WaitIdentifiedAsync(b.Id, Ct));
        Assert.Equal(b.ListenAddresses, a.PeerStore.GetAddresses(b.Id));
        Assert.Equal(b.ListenAddresses[0], a.FindPeer(b.Id)!.Address);
        Assert.True(await a.PingAsync(b.Id, Ct) > TimeSpan.Zero);
        await Echo.SendAsync(a, b.Id, 1_000_003, 64 * 1024, Ct);
        Assert.True(await b.WaitIdentifiedAsync(a.Id, Ct));
        Assert.StartsWith("/ip6/::1/tcp/", b.FindPeer(a.Id)!.Address.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_listens_on_both_families_is_reached_by_either_and_IPv6_is_dialed_first()
    {
        NeedsIPv6();
        await using var hosts = new TestHosts();
        var host = await ListeningAsync(hosts, SecurityProtocol.Noise, "/ip4/127.0.0.1/tcp/0", "/ip6/::1/tcp/0");
        Assert.Equal(2, host.ListenAddresses.Count);
        foreach (var address in host.ListenAddresses)
        {
            var caller = await hosts.StartSilentAsync();
            Assert.Equal(host.Id, await caller.ConnectAsync(address.WithPeerId(host.Id), Ct));
            Assert.Equal(address, caller.FindPeer(host.Id)!.Address);
            Assert.True(await caller.WaitIdentifiedAsync(host.Id, Ct));
            Assert.Equal(host.ListenAddresses.ToHashSet(), caller.PeerStore.GetAddresses(host.Id).ToHashSet());
        }
        var free = await hosts.StartSilentAsync();
        free.PeerStore.AddAddresses(host.Id, host.ListenAddresses, TimeSpan.FromMinutes(1));
        await free.ConnectAsync(host.Id, Ct);
        Assert.Equal(host.ListenAddresses[1], free.FindPeer(host.Id)!.Address);
    }

    [Fact]
    public async Task The_two_families_may_have_one_port_and_a_listener_takes_its_own_alone()
    {
        NeedsIPv6();
        await using var hosts = new TestHosts();
        var host = await ListeningAsync(hosts, SecurityProtocol.Noise, "/ip6/::/tcp/0");
        Assert.Contains(host.ListenAddresses, a => a.ToString().StartsWith("/ip6/::1/", StringComparison.Ordinal));
        Assert.DoesNotContain(host.ListenAddresses, a => a.ToString().StartsWith("/ip4/", StringComparison.Ordinal));
        Assert.True(host.ListenAddresses[0].TryGetTcpEndPoint(out var endPoint));
        var caller = await hosts.StartSilentAsync();
        await Assert.ThrowsAsync<DialFailedException>(() => caller.ConnectAsync(Multiaddr.Parse($"/ip4/127.0.0.1/tcp/{endPoint.Port}").WithPeerId(host.Id), Ct));
        Assert.Equal(host.Id, await caller.ConnectAsync(Multiaddr.Parse($"/ip6/::1/tcp/{endPoint.Port}").WithPeerId(host.Id), Ct));
    }

    [Fact]
    public async Task Where_one_family_leads_nowhere_the_other_is_taken()
    {
        NeedsIPv6();
        await using var hosts = new TestHosts();
        var host = await hosts.StartAsync();
        var caller = await hosts.StartSilentAsync();
        // An address for documentation: there is no way to it, or packets to it are lost.
        caller.PeerStore.AddAddresses(host.Id, [Multiaddr.Parse("/ip6/2001:db8::1/tcp/4001"), .. host.ListenAddresses], TimeSpan.FromMinutes(1));
        await caller.ConnectAsync(host.Id, Ct);
        Assert.Equal(host.ListenAddresses[0], caller.FindPeer(host.Id)!.Address);
    }

    private static async Task<Libp2pHost> ListeningAsync(TestHosts hosts, SecurityProtocol security, params string[] addresses)
    {
        var host = await hosts.StartSilentAsync(o => o with { Security = [security] });
        foreach (var address in addresses) await host.ListenAsync(Multiaddr.Parse(address), Ct);
        return host;
    }

    private static void NeedsIPv6() => Assert.SkipUnless(Socket.OSSupportsIPv6, "This machine has no IPv6.");
}
