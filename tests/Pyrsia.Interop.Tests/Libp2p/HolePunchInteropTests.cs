using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Interop.Tests.Libp2p;

/// <summary>The exchange before both sides dial, with js-libp2p, which does not dial from its listening port and so punches nothing: here nothing stands between.</summary>
public sealed class HolePunchInteropTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Js_that_came_over_a_circuit_dials_ours_when_ours_asks_it_to()
    {
        await using var end = await FarEnd.ConnectAsync();
        await using var relay = await HostAsync(end, new RelayOptions());
        await using var ours = await HostAsync(end);
        using var puncher = new HolePuncher(ours);
        var circuit = relay.ListenAddresses[0].WithPeerId(relay.Id).WithCircuit();
        await ours.ListenAsync(circuit, Ct);
        await using var js = await JsPeer.StartInAsync(end.Name, "/pyrsia/kad/1.0.0", "Ed25519", "tcp", "/noise", "nat=dcutr");
        await js.SendAsync("dial", new { address = circuit.WithPeerId(ours.Id).ToString() });
        await ours.WaitDirectAsync(js.Id, Ct);
        Assert.True(ours.FindPeer(js.Id) is { IsPunched: true, IsInbound: true });
    }

    [Fact]
    public async Task Js_that_ours_reached_over_a_circuit_dials_what_ours_announces()
    {
        await using var end = await FarEnd.ConnectAsync();
        await using var relay = await HostAsync(end, new RelayOptions());
        await using var ours = await HostAsync(end);
        using var puncher = new HolePuncher(ours);
        var at = relay.ListenAddresses[0].WithPeerId(relay.Id);
        await using var js = await JsPeer.StartInAsync(end.Name, "/pyrsia/kad/1.0.0", "Ed25519", "tcp", "/noise", $"over={at}", "nat=dcutr");
        await ours.ConnectAsync(at.WithCircuit().WithPeerId(js.Id), Ct);
        await ours.WaitDirectAsync(js.Id, Ct);
        Assert.True(ours.FindPeer(js.Id) is { IsInbound: true, IsLimited: false });
    }

    [Fact]
    public async Task Ours_dials_js_when_js_that_it_reached_over_a_circuit_asks_it_to()
    {
        await using var end = await FarEnd.ConnectAsync();
        await using var relay = await HostAsync(end, new RelayOptions());
        // Nobody listens where it says: js tries there by itself first.
        await using var ours = new Libp2pHost(new Libp2pHostOptions { Identity = KeyPair.Generate(), AnnounceAddresses = [Multiaddr.Parse($"/ip4/{end.Near}/tcp/1")] });
        using var puncher = new HolePuncher(ours);
        var (at, port) = (relay.ListenAddresses[0].WithPeerId(relay.Id), $"/ip4/{end.Far}/tcp/4001");
        await using var js = await JsPeer.StartInAsync(end.Name, "/pyrsia/kad/1.0.0", "Ed25519", "tcp", "/noise", $"over={at}", $"listen={port}", $"announce={port}", "nat=dcutr");
        await ours.ConnectAsync(at.WithCircuit().WithPeerId(js.Id), Ct);
        await ours.WaitDirectAsync(js.Id, Ct);
        Assert.True(ours.FindPeer(js.Id) is { IsPunched: true, IsInbound: false } peer && peer.Address.ToString() == port, $"{ours.FindPeer(js.Id)}");
        await ours.PingAsync(js.Id, Ct);
    }

    private static async Task<Libp2pHost> HostAsync(FarEnd end, RelayOptions? relay = null)
    {
        var host = new Libp2pHost(new Libp2pHostOptions { Identity = KeyPair.Generate(), Relay = relay });
        await host.ListenAsync(Multiaddr.Parse($"/ip4/{end.Near}/tcp/0"), Ct);
        return host;
    }
}
