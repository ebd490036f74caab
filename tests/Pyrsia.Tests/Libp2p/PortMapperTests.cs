using System.Net;
using System.Net.Sockets;
using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

public sealed class PortMapperTests
{
    private static readonly IPAddress Outside = IPAddress.Parse("26.1.2.3");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ports_that_are_listened_on_are_mapped_are_candidates_and_are_given_back()
    {
        await using var gateway = new ScriptedGateway(Outside, port => port / 2 + 1000);
        await using var hosts = new TestHosts();
        var host = await hosts.StartSilentAsync();
        await using var mapper = new PortMapper(host, new PortMapperOptions { Gateway = gateway.EndPoint, All = true });
        var changed = NextAsync(host);
        await host.ListenAsync(Multiaddr.Parse("/ip4/127.0.0.1/tcp/0"), Ct);
        var (port, lifetime) = await gateway.Asked.ReadAsync(Ct);
        Assert.True(host.ListenAddresses[0].TryGetTcpEndPoint(out var bound));
        Assert.Equal((bound.Port, NatPmpSession.Lifetime), (port, lifetime));
        await changed;
        Assert.Equal(Multiaddr.Parse($"/ip4/26.1.2.3/tcp/{port / 2 + 1000}"), host.CandidateAddresses[0]);
        // Nobody has reached it yet.
        Assert.DoesNotContain(host.CandidateAddresses[0], host.ListenAddresses);

        changed = NextAsync(host);
        await host.ListenAsync(Multiaddr.Parse("/ip4/127.0.0.1/tcp/0/ws"), Ct);
        var (web, _) = await gateway.Asked.ReadAsync(Ct);
        await changed;
        Assert.Contains(Multiaddr.Parse($"/ip4/26.1.2.3/tcp/{web / 2 + 1000}/ws"), host.CandidateAddresses);

        await mapper.DisposeAsync();
        (ushort, uint)[] deleted = [await gateway.Asked.ReadAsync(Ct), await gateway.Asked.ReadAsync(Ct)];
        Assert.Equal([(port, 0u), (web, 0u)], deleted);
        Assert.All(host.CandidateAddresses, a => Assert.StartsWith("/ip4/127.0.0.1/", a.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_host_that_closes_gives_its_ports_back()
    {
        await using var gateway = new ScriptedGateway(Outside, port => port / 2 + 1000);
        await using var hosts = new TestHosts();
        var host = await hosts.StartAsync();
        await using var mapper = new PortMapper(host, new PortMapperOptions { Gateway = gateway.EndPoint, All = true });
        var (port, _) = await gateway.Asked.ReadAsync(Ct);
        await host.DisposeAsync();
        Assert.Equal((port, 0u), await gateway.Asked.ReadAsync(Ct));
    }

    [Fact]
    public async Task Where_nobody_answers_or_nothing_can_be_mapped_the_host_goes_on_and_ends_at_once()
    {
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var endPoint = (IPEndPoint)silent.LocalEndPoint!;
        await using var hosts = new TestHosts();
        foreach (var all in (bool[])[true, false])
        {
            var host = await hosts.StartAsync();
            await using var mapper = new PortMapper(host, new PortMapperOptions { Gateway = endPoint, All = all });
            if (all) Assert.Equal(2, await silent.ReceiveAsync(new byte[100], Ct));
            Assert.Equal(host.ListenAddresses, host.CandidateAddresses);
            await mapper.DisposeAsync();
        }
        // Listeners on loopback are no router's business.
        silent.Blocking = false;
        Assert.Equal(0, silent.Available);
        silent.Dispose();
        var refused = await hosts.StartAsync();
        await using var further = new PortMapper(refused, new PortMapperOptions { Gateway = endPoint, All = true });
        Assert.Equal(refused.ListenAddresses, refused.CandidateAddresses);
    }

    [Fact]
    public async Task A_mapped_address_is_announced_once_a_peer_has_reached_it_and_no_more_when_it_is_gone()
    {
        // What the router maps to leads to the listener on all addresses, and nothing but the router names it.
        await using var gateway = new ScriptedGateway(IPAddress.Parse("127.1.2.3"), port => port);
        await using var hosts = new TestHosts();
        var server = await hosts.StartAsync();
        var host = await hosts.StartSilentAsync();
        await host.ListenAsync(Multiaddr.Parse("/ip4/0.0.0.0/tcp/0"), Ct);
        using var serving = new AutoNat(server, new AutoNatOptions { AllowPrivate = true });
        using var asking = new AutoNat(host, new AutoNatOptions { AllowPrivate = true, Settle = TimeSpan.FromMilliseconds(50) });
        await host.ConnectAsync(TestHosts.AddressOf(server), Ct);
        await using var mapper = new PortMapper(host, new PortMapperOptions { Gateway = gateway.EndPoint, All = true });
        var (port, _) = await gateway.Asked.ReadAsync(Ct);
        var mapped = Multiaddr.Parse($"/ip4/127.1.2.3/tcp/{port}");
        await UntilAsync(() => host.ListenAddresses.Contains(mapped));
        Assert.Equal(Reachability.Public, asking.Reachability);
        await mapper.DisposeAsync();
        await UntilAsync(() => !host.ListenAddresses.Contains(mapped));
    }

    [Fact]
    public async Task Where_NAT_PMP_is_not_spoken_ports_are_mapped_by_UPnP_and_given_back()
    {
        await using var gateway = new ScriptedUpnpGateway((_, _, _) => 0);
        await using var hosts = new TestHosts();
        var host = await hosts.StartAsync();
        var changed = NextAsync(host);
        await using var mapper = new PortMapper(host, ByUpnp(gateway));
        var (action, port, lifetime) = await gateway.Asked.ReadAsync(Ct);
        Assert.Equal(("AddPortMapping", NatPmpSession.Lifetime), (action, lifetime));
        await changed;
        Assert.Equal(Multiaddr.Parse($"/ip4/26.1.2.3/tcp/{port}"), host.CandidateAddresses[0]);
        await mapper.DisposeAsync();
        Assert.Equal(("DeletePortMapping", port, 0u), await gateway.Asked.ReadAsync(Ct));
        Assert.Equal(host.ListenAddresses, host.CandidateAddresses);
    }

    [Fact]
    public async Task A_port_that_another_host_has_is_mapped_to_another_and_a_gateway_that_knows_no_end_is_asked_for_none()
    {
        var first = true;
        await using var gateway = new ScriptedUpnpGateway((action, _, lifetime) =>
        {
            if (action != "AddPortMapping") return 0;
            if (lifetime > 0) return UpnpService.OnlyPermanentLeasesSupported;
            if (!first) return 0;
            first = false;
            return UpnpService.ConflictInMappingEntry;
        });
        await using var hosts = new TestHosts();
        var host = await hosts.StartAsync();
        var changed = NextAsync(host);
        await using var mapper = new PortMapper(host, ByUpnp(gateway));
        await changed;
        var asked = new List<(string Action, ushort Port, uint Lifetime)>();
        for (var i = 0; i < 3; i++) asked.Add(await gateway.Asked.ReadAsync(Ct));
        Assert.Equal([NatPmpSession.Lifetime, 0, 0], asked.Select(a => a.Lifetime));
        Assert.Equal(asked[0].Port, asked[1].Port);
        Assert.NotEqual(asked[1].Port, asked[2].Port);
        Assert.Equal(Multiaddr.Parse($"/ip4/26.1.2.3/tcp/{asked[2].Port}"), host.CandidateAddresses[0]);
        await host.DisposeAsync();
        Assert.Equal(("DeletePortMapping", asked[2].Port, 0u), await gateway.Asked.ReadAsync(Ct));
    }

    [Fact]
    public async Task A_gateway_that_refuses_maps_nothing()
    {
        const int NotAuthorized = 606;
        await using var gateway = new ScriptedUpnpGateway((_, _, _) => NotAuthorized);
        await using var hosts = new TestHosts();
        var host = await hosts.StartAsync();
        await using var mapper = new PortMapper(host, ByUpnp(gateway));
        var (_, port, _) = await gateway.Asked.ReadAsync(Ct);
        await mapper.DisposeAsync();
        // When the end comes before the answer, the port is given back for the case that it was mapped.
        if (gateway.Asked.TryRead(out var further)) Assert.Equal(("DeletePortMapping", port, 0u), further);
        Assert.False(gateway.Asked.TryRead(out _));
        Assert.Equal(host.ListenAddresses, host.CandidateAddresses);
    }

    /// <summary>Nobody listens where NAT-PMP would be spoken.</summary>
    private static PortMapperOptions ByUpnp(ScriptedUpnpGateway gateway)
    {
        using var closed = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var nobody = (IPEndPoint)closed.LocalEndPoint!;
        return new PortMapperOptions { Gateway = nobody, UpnpGateway = gateway.EndPoint, All = true };
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        while (!holds())
        {
            Assert.False(patience.IsCancellationRequested, "half a minute is over");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Ct);
        }
    }

    private static Task NextAsync(Libp2pHost host)
    {
        var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        host.CandidatesChanged += (_, _) => source.TrySetResult();
        return source.Task.WaitAsync(TimeSpan.FromSeconds(30), Ct);
    }
}
