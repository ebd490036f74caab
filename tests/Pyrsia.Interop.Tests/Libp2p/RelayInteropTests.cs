using Pyrsia.Libp2p;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.Interop.Tests.Libp2p;

/// <summary>Circuits of which one peer is js-libp2p: the relay, the one that waits behind it, or the one that dials.</summary>
public sealed class RelayInteropTests
{
    private const int Bytes = 64 * 1024;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(JsMatrix.Stacks), MemberType = typeof(JsMatrix))]
    public async Task Ours_meet_over_a_js_relay_whose_limits_and_refusals_are_seen(string transport, string security)
    {
        await using var relay = await JsMatrix.StartJsAsync(transport, security, $"relay=1,{Bytes},60");
        await using var target = JsMatrix.Host(security);
        await using var source = JsMatrix.Host(security);
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

    [Theory]
    [MemberData(nameof(JsMatrix.Stacks), MemberType = typeof(JsMatrix))]
    public async Task Js_peers_and_ours_meet_over_our_relay_in_both_directions_and_within_its_limits(string transport, string security)
    {
        await using var relay = await JsMatrix.StartAsync(transport, security, relay: new RelayOptions { MaxBytes = Bytes });
        var address = relay.ListenAddresses[0].WithPeerId(relay.Id);
        await using var js = await JsMatrix.StartJsAsync(transport, security, $"over={address}");
        await using var ours = JsMatrix.Host(security);
        Echo.Serve(ours);
        await ours.ListenAsync(address.WithCircuit(), Ct);

        Assert.Equal(js.Id, await ours.ConnectAsync(address.WithCircuit().WithPeerId(js.Id), Ct));
        Assert.True(ours.FindPeer(js.Id)!.IsLimited);
        await Echo.SendAsync(ours, js.Id, 10_000, 10_000, Ct);
        await using var dialer = await JsMatrix.StartJsAsync(transport, security);
        var to = address.WithCircuit().WithPeerId(ours.Id).ToString();
        var echoed = await dialer.SendAsync("echo", new { address = to, sizes = new[] { 0, 1, 10_000 } });
        Assert.True((bool)echoed["equal"]!, echoed.ToJsonString());
        // To js a circuit that is cut is the end of the stream, or an error when it is still writing.
        Assert.False((bool)(await dialer.SendAsync("echo", new { address = to, sizes = new[] { 2 * Bytes } }))["equal"]!);
    }
}
