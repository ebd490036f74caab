using Pyrsia.Libp2p;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.Interop.Tests.Libp2p;

public sealed class RelayInteropTests
{
    private const int Bytes = 64 * 1024;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ours_meet_over_a_js_relay_whose_limits_and_refusals_are_seen()
    {
        await using var relay = await JsRelayAsync(maxReservations: 1);
        await using var target = Host();
        await using var source = Host();
        Echo.Serve(target);
        await target.ListenAsync(relay.Address.WithCircuit(), Ct);
        var circuit = Assert.Single(target.ListenAddresses).WithPeerId(target.Id);
        Assert.Equal(target.Id, await source.ConnectAsync(circuit, Ct));
        Assert.True(source.FindPeer(target.Id)!.IsLimited);
        await Echo.SendAsync(source, target.Id, 10_000, 10_000, Ct);
        await Assert.ThrowsAsync<DialFailedException>(() => source.OpenStreamAsync(target.Id, Echo.Protocol, Ct));
        var cut = source.NextAsync(target.Id, PeerEventKind.Disconnected);
        await Assert.ThrowsAnyAsync<IOException>(() => Echo.SendAsync(source, target.Id, 2 * Bytes, 2 * Bytes, Ct));
        await cut;
        Assert.Equal(RelayStatus.ReservationRefused, (await Assert.ThrowsAsync<RelayRefusedException>(() => source.ListenAsync(relay.Address.WithCircuit(), Ct))).Status);
        var nobody = relay.Address.WithCircuit().WithPeerId(KeyPair.Generate().PeerId);
        Assert.Equal(RelayStatus.NoReservation, (await Assert.ThrowsAsync<RelayRefusedException>(() => source.ConnectAsync(nobody, Ct))).Status);
    }

    [Fact]
    public async Task Js_peers_and_ours_meet_over_our_relay_in_both_directions_and_within_its_limits()
    {
        await using var relay = Host(new RelayOptions { MaxBytes = Bytes });
        await relay.ListenAsync(Multiaddr.Parse("/ip4/127.0.0.1/tcp/0"), Ct);
        var address = relay.ListenAddresses[0].WithPeerId(relay.Id);
        await using var js = await JsPeer.StartAsync("/pyrsia/kad/1.0.0", "Ed25519", "tcp", "/noise", $"over={address}");
        await using var ours = Host();
        Echo.Serve(ours);
        await ours.ListenAsync(address.WithCircuit(), Ct);

        Assert.Equal(js.Id, await ours.ConnectAsync(address.WithCircuit().WithPeerId(js.Id), Ct));
        Assert.True(ours.FindPeer(js.Id)!.IsLimited);
        await Echo.SendAsync(ours, js.Id, 10_000, 10_000, Ct);
        await using var dialer = await JsPeer.StartAsync();
        var to = address.WithCircuit().WithPeerId(ours.Id).ToString();
        Assert.True((bool)(await dialer.SendAsync("echo", new { address = to, sizes = new[] { 0, 1, 10_000 } }))["equal"]!);
        // To js a circuit that is cut is the end of the stream.
        Assert.False((bool)(await dialer.SendAsync("echo", new { address = to, sizes = new[] { 2 * Bytes } }))["equal"]!);
    }

    private static Task<JsPeer> JsRelayAsync(int maxReservations) => JsPeer.StartAsync("/pyrsia/kad/1.0.0", "Ed25519", "tcp", "/noise", $"relay={maxReservations},{Bytes},60");

    private static Libp2pHost Host(RelayOptions? relay = null) => new(new Libp2pHostOptions { Identity = KeyPair.Generate(), Relay = relay });
}
