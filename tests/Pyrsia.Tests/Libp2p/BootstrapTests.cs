using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

public sealed class BootstrapTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public void Back_off_doubles_up_to_its_cap_and_starts_over_after_success()
    {
        var backoff = new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60), () => 1);
        Assert.Equal([1, 2, 4, 8, 16, 32, 60, 60], Enumerable.Range(0, 8).Select(_ => (int)backoff.Next().TotalSeconds));
        backoff.Reset();
        Assert.Equal(TimeSpan.FromSeconds(1), backoff.Next());
        var jittered = new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60), () => 0);
        Assert.All(Enumerable.Range(0, 40), _ => Assert.Equal(TimeSpan.FromSeconds(1), jittered.Next()));
    }

    [Fact]
    public async Task A_host_reaches_the_one_bootstrap_peer_that_is_up_and_comes_back_after_it_restarted()
    {
        await using var hosts = new TestHosts();
        var dead = await hosts.StartAsync();
        var deadAddress = TestHosts.AddressOf(dead);
        await dead.DisposeAsync();
        var identity = KeyPair.Generate();
        var first = await hosts.StartAsync(o => o with { Identity = identity });
        var address = TestHosts.AddressOf(first);
        var host = await hosts.StartAsync(o => o with { Bootstrap = [deadAddress, address] });
        if (!host.IsConnected(first.Id)) await TestHosts.NextAsync(host, first.Id, PeerEventKind.Identified);
        var gone = TestHosts.NextAsync(host, identity.PeerId, PeerEventKind.Disconnected);
        var back = TestHosts.NextAsync(host, identity.PeerId, PeerEventKind.Connected);
        await first.DisposeAsync();
        await gone;
        await using var second = new Libp2pHost(new Libp2pHostOptions { Identity = identity });
        await second.ListenAsync(address.WithoutPeerId(), Ct);
        await back;
    }
}
