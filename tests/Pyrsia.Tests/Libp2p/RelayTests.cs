using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

public sealed class RelayTests
{
    private const string Talk = "/talk";
    private static readonly ProtocolLimits OverCircuits = new() { AllowLimited = true };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_host_behind_a_relay_is_reached_by_its_circuit_address_and_announces_it()
    {
        await using var hosts = new TestHosts();
        var (relay, target, source) = await ThreeAsync(hosts, new RelayOptions());
        await target.ListenAsync(OverRelay(relay), Ct);
        var circuit = Assert.Single(target.ListenAddresses, a => a.IsRelayed);
        Assert.Equal(OverRelay(relay), circuit);
        Serve(target);
        Assert.Equal(target.Id, await source.ConnectAsync(circuit.WithPeerId(target.Id), Ct));
        Assert.True(source.FindPeer(target.Id)!.IsLimited);
        Assert.Equal(1000, await TalkAsync(source, target.Id, 1000));
        await Assert.ThrowsAsync<DialFailedException>(() => source.OpenStreamAsync(KeyPair.Generate().PeerId, Talk, Ct));
    }

    [Fact]
    public async Task A_protocol_that_does_not_allow_limited_circuits_is_neither_opened_nor_served_over_one()
    {
        await using var hosts = new TestHosts();
        var (relay, target, source) = await ThreeAsync(hosts, new RelayOptions(), listens: false);
        await target.ListenAsync(OverRelay(relay), Ct);
        target.Handle(Talk, (_, _) => Task.CompletedTask);
        await source.ConnectAsync(OverRelay(relay).WithPeerId(target.Id), Ct);
        await Assert.ThrowsAsync<DialFailedException>(() => source.OpenStreamAsync(target.Id, Talk, Ct));
        // The reset may come before the agreement on the protocol was read, or after it.
        await Assert.ThrowsAsync<StreamResetException>(async () =>
        {
            await using var stream = await source.OpenStreamAsync(target.Id, Talk, allowLimited: true, Ct);
            await stream.ReadAsync(new byte[1], Ct);
        });
    }

    [Fact]
    public async Task A_circuit_is_cut_when_it_has_carried_its_bytes_or_stood_for_its_time()
    {
        await using var hosts = new TestHosts();
        var (relay, target, source) = await ThreeAsync(hosts, new RelayOptions { MaxBytes = 32 * 1024, MaxDuration = TimeSpan.FromSeconds(1) });
        await target.ListenAsync(OverRelay(relay), Ct);
        Serve(target);
        var address = OverRelay(relay).WithPeerId(target.Id);
        var cut = TestHosts.NextAsync(source, target.Id, PeerEventKind.Disconnected);
        await source.ConnectAsync(address, Ct);
        await Assert.ThrowsAnyAsync<IOException>(() => TalkAsync(source, target.Id, 64 * 1024));
        await cut;
        cut = TestHosts.NextAsync(source, target.Id, PeerEventKind.Disconnected);
        await source.ConnectAsync(address, Ct);
        await cut;
    }

    [Fact]
    public async Task The_limit_of_bytes_holds_for_each_direction_by_itself()
    {
        await using var hosts = new TestHosts();
        var (relay, target, source) = await ThreeAsync(hosts, new RelayOptions { MaxBytes = 32 * 1024 });
        await target.ListenAsync(OverRelay(relay), Ct);
        target.Handle("/give", async (stream, ct) =>
        {
            while (await stream.ReadMessageAsync(30_000, ct) is { } message) await stream.WriteMessageAsync(new byte[BitConverter.ToInt32(message)], ct);
        }, OverCircuits);
        await source.ConnectAsync(OverRelay(relay).WithPeerId(target.Id), Ct);
        await using var stream = await source.OpenStreamAsync(target.Id, "/give", allowLimited: true, Ct);
        // Twenty there and as many back are more than the limit in sum.
        await stream.WriteMessageAsync((byte[])[.. BitConverter.GetBytes(20_000), .. new byte[20_000 - sizeof(int)]], Ct);
        Assert.Equal(20_000, (await stream.ReadMessageAsync(20_000, Ct))!.Length);
        await stream.WriteMessageAsync(BitConverter.GetBytes(20_000), Ct);
        await Assert.ThrowsAnyAsync<IOException>(async () => await stream.ReadMessageAsync(20_000, Ct));
    }

    [Fact]
    public async Task A_reservation_names_where_the_relay_is_without_the_circuit_which_the_client_adds()
    {
        await using var hosts = new TestHosts();
        var (relay, target, _) = await ThreeAsync(hosts, new RelayOptions());
        await target.ConnectAsync(TestHosts.AddressOf(relay), Ct);
        await using var stream = await target.OpenStreamAsync(relay.Id, HopMessage.ProtocolId, Ct);
        await stream.WriteMessageAsync(new HopMessage(HopMessageType.Reserve).Encode(), Ct);
        Assert.True(HopMessage.TryDecode((await stream.ReadMessageAsync(HopMessage.MaxLength, Ct))!, out var answer));
        Assert.Equal([TestHosts.AddressOf(relay)], answer.Reservation!.Addresses);
        Assert.Equal(new RelayLimit(120, 128 * 1024), answer.Limit);
    }

    [Fact]
    public async Task What_a_relay_refuses_is_named_and_a_reservation_ends_with_its_connection()
    {
        await using var hosts = new TestHosts();
        var (relay, target, source) = await ThreeAsync(hosts, new RelayOptions { MaxReservations = 1 }, listens: false);
        var address = OverRelay(relay).WithPeerId(target.Id);
        Assert.Equal(RelayStatus.NoReservation, (await Assert.ThrowsAsync<RelayRefusedException>(() => source.ConnectAsync(address, Ct))).Status);
        await target.ListenAsync(OverRelay(relay), Ct);
        Assert.Equal(RelayStatus.ReservationRefused, (await Assert.ThrowsAsync<RelayRefusedException>(() => source.ListenAsync(OverRelay(relay), Ct))).Status);
        var gone = TestHosts.NextAsync(relay, target.Id, PeerEventKind.Disconnected);
        await target.DisposeAsync();
        await gone;
        await source.ListenAsync(OverRelay(relay), Ct);
        Assert.Single(source.ListenAddresses, a => a.IsRelayed);
    }

    [Fact]
    public async Task Nobody_reserves_or_connects_over_a_circuit_and_bytes_that_are_no_message_are_told_so()
    {
        await using var hosts = new TestHosts();
        var (relay, target, source) = await ThreeAsync(hosts, new RelayOptions());
        await target.ListenAsync(OverRelay(relay), Ct);
        await source.ConnectAsync(TestHosts.AddressOf(relay), Ct);
        async Task<RelayStatus> AskAsync(byte[] message)
        {
            await using var stream = await source.OpenStreamAsync(relay.Id, HopMessage.ProtocolId, Ct);
            await stream.WriteMessageAsync(message, Ct);
            Assert.True(HopMessage.TryDecode((await stream.ReadMessageAsync(HopMessage.MaxLength, Ct))!, out var answer));
            return answer.Status;
        }
        Assert.Equal(RelayStatus.MalformedMessage, await AskAsync([0xff]));
        Assert.Equal(RelayStatus.MalformedMessage, await AskAsync(new HopMessage(HopMessageType.Connect).Encode()));
        Assert.Equal(RelayStatus.UnexpectedMessage, await AskAsync(new HopMessage(HopMessageType.Status).Encode()));
        // A relay that is itself reached over a relay serves nobody there.
        var nested = await hosts.StartAsync(o => o with { Relay = new RelayOptions() });
        await nested.ListenAsync(OverRelay(relay), Ct);
        await source.ConnectAsync(OverRelay(relay).WithPeerId(nested.Id), Ct);
        await Assert.ThrowsAsync<StreamResetException>(async () =>
        {
            await using var over = await source.OpenStreamAsync(nested.Id, HopMessage.ProtocolId, allowLimited: true, Ct);
            await over.ReadAsync(new byte[1], Ct);
        });
        Assert.False(Multiaddr.Parse($"{OverRelay(relay)}/p2p/{nested.Id}/p2p-circuit").TryGetCircuit(out _, out _));
    }

    [Fact]
    public async Task A_circuit_from_a_peer_that_holds_no_reservation_of_ours_is_denied()
    {
        await using var hosts = new TestHosts();
        var (relay, target, source) = await ThreeAsync(hosts, new RelayOptions());
        await target.ListenAsync(OverRelay(relay), Ct);
        await source.ConnectAsync(TestHosts.AddressOf(target), Ct);
        await using var stream = await source.OpenStreamAsync(target.Id, StopMessage.ProtocolId, Ct);
        await stream.WriteMessageAsync(new StopMessage(StopMessageType.Connect) { Peer = source.Id }.Encode(), Ct);
        Assert.True(StopMessage.TryDecode((await stream.ReadMessageAsync(StopMessage.MaxLength, Ct))!, out var answer));
        Assert.Equal(RelayStatus.PermissionDenied, answer.Status);
    }

    private static Multiaddr OverRelay(Libp2pHost relay) => TestHosts.AddressOf(relay).WithCircuit();

    private static async Task<(Libp2pHost Relay, Libp2pHost Target, Libp2pHost Source)> ThreeAsync(TestHosts hosts, RelayOptions options, bool listens = true) =>
        (await hosts.StartAsync(o => o with { Relay = options }), listens ? await hosts.StartAsync() : await hosts.StartSilentAsync(), await hosts.StartAsync());

    private static void Serve(Libp2pHost host) => host.Handle(Talk, async (stream, ct) =>
    {
        var buffer = new byte[4096];
        int n;
        while ((n = await stream.ReadAsync(buffer, ct)) > 0) await stream.WriteAsync(buffer.AsMemory(0, n), ct);
        await stream.CloseWriteAsync(ct);
    }, OverCircuits);

    private static async Task<int> TalkAsync(Libp2pHost from, PeerId to, int size)
    {
        await using var stream = await from.OpenStreamAsync(to, Talk, allowLimited: true, Ct);
        await stream.WriteAsync(new byte[size], Ct);
        await stream.CloseWriteAsync(Ct);
        var buffer = new byte[4096];
        int n, sum = 0;
        while ((n = await stream.ReadAsync(buffer, Ct)) > 0) sum += n;
        return sum;
    }
}
