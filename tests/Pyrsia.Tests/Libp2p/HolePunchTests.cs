using System.Threading.Channels;
using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

/// <summary>The exchange between two hosts that have no NAT; with NATs it is judged in network namespaces.</summary>
public sealed class HolePunchTests
{
    private const string Talk = "/talk";
    private static readonly HolePunchOptions Local = new() { AllowPrivate = true, Grace = TimeSpan.FromMilliseconds(10) };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_circuit_becomes_a_direct_connection_and_is_closed()
    {
        await using var hosts = new TestHosts();
        var (relay, target, source) = await ThreeAsync(hosts);
        using var ours = new HolePuncher(target, Local);
        using var theirs = new HolePuncher(source, Local);
        await source.ConnectAsync(OverRelay(relay).WithPeerId(target.Id), Ct);
        await source.WaitDirectAsync(target.Id, Ct);
        Assert.True(source.FindPeer(target.Id) is { IsPunched: true, IsInbound: false, IsLimited: false, Address.IsRelayed: false });
        while (source.FindCircuit(target.Id, inbound: false) is { } circuit) await circuit.Muxed.Completion.WaitAsync(Ct);
        Assert.True(source.IsConnected(target.Id));
    }

    [Fact]
    public async Task A_stream_that_no_limited_circuit_may_carry_goes_over_the_direct_connection()
    {
        await using var hosts = new TestHosts();
        var (relay, target, source) = await ThreeAsync(hosts);
        using var ours = new HolePuncher(target, Local);
        using var theirs = new HolePuncher(source, Local);
        target.Handle(Talk, async (stream, ct) => await stream.WriteMessageAsync(new byte[] { stream.RemoteAddress.IsRelayed ? (byte)1 : (byte)0 }, ct));
        await source.ConnectAsync(OverRelay(relay).WithPeerId(target.Id), Ct);
        // Whichever comes first makes it: the punch, or a dial to the address that the target has told by now.
        await using var stream = await source.OpenStreamAsync(target.Id, Talk, Ct);
        Assert.Equal([0], await stream.ReadMessageAsync(1, Ct));
    }

    [Fact]
    public async Task Where_the_other_side_announces_where_it_is_reached_that_is_dialed_and_nothing_is_punched()
    {
        await using var hosts = new TestHosts();
        var (relay, target, source) = await ThreeAsync(hosts);
        await source.ListenAsync(Multiaddr.Parse("/ip4/127.0.0.1/tcp/0"), Ct);
        using var ours = new HolePuncher(target, Local);
        await source.ConnectAsync(OverRelay(relay).WithPeerId(target.Id), Ct);
        await target.WaitDirectAsync(source.Id, Ct);
        Assert.True(target.FindPeer(source.Id) is { IsPunched: false, IsInbound: false, Address.IsRelayed: false });
    }

    [Fact]
    public async Task A_circuit_that_cannot_be_upgraded_stays_and_a_message_out_of_turn_is_refused()
    {
        await using var hosts = new TestHosts();
        var (relay, target, source) = await ThreeAsync(hosts);
        // Nothing here is an address of the Internet.
        using var ours = new HolePuncher(target);
        using var theirs = new HolePuncher(source);
        await source.ConnectAsync(OverRelay(relay).WithPeerId(target.Id), Ct);
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            await using var stream = await target.OpenStreamAsync(source.Id, HolePunchMessage.ProtocolId, allowLimited: true, Ct);
            await stream.WriteMessageAsync(new HolePunchMessage(HolePunchMessageType.Sync, []).Encode(), Ct);
            await stream.ReadMessageAsync(HolePunchMessage.MaxLength, Ct);
        });
        Assert.True(source.FindPeer(target.Id) is { IsPunched: false, IsLimited: true });
        await source.PingAsync(target.Id, Ct);
    }

    [Fact]
    public async Task Each_of_three_attempts_measures_anew_and_dials_half_a_round_trip_after_the_sync()
    {
        await using var hosts = new TestHosts();
        var time = new SteppingTime();
        var relay = await hosts.StartAsync(o => o with { Relay = new RelayOptions() });
        var target = await hosts.StartSilentAsync(o => o with
        {
            Time = time,
            Heartbeat = new HeartbeatOptions { Interval = TimeSpan.FromDays(1), SuspectAfter = TimeSpan.FromDays(2), DeadAfter = TimeSpan.FromDays(3) },
        });
        await target.ListenAsync(OverRelay(relay), Ct);
        var source = await hosts.StartSilentAsync();
        var steps = Channel.CreateUnbounded<Libp2pStream>();
        source.Handle(
            HolePunchMessage.ProtocolId,
            async (stream, ct) =>
            {
                await ExpectAsync(stream, HolePunchMessageType.Connect);
                await steps.Writer.WriteAsync(stream, ct);
                while (await stream.ReadAsync(new byte[1], ct) > 0)
                {
                }
            },
            new ProtocolLimits { AllowLimited = true });
        using var puncher = new HolePuncher(target, Local);
        await source.ConnectAsync(OverRelay(relay).WithPeerId(target.Id), Ct);
        foreach (var roundTrip in new[] { 200, 80, 1000 }.Select(ms => TimeSpan.FromMilliseconds(ms)))
        {
            var stream = await steps.Reader.ReadAsync(Ct);
            time.Advance(roundTrip);
            var waits = time.TimerAsync(roundTrip / 2);
            // Nobody listens there.
            await stream.WriteMessageAsync(new HolePunchMessage(HolePunchMessageType.Connect, [Multiaddr.Parse("/ip4/127.0.0.1/tcp/1")]).Encode(), Ct);
            await waits;
            var attempt = time.TimerAsync(Local.AttemptTimeout);
            time.Advance(roundTrip / 2);
            await attempt;
            // To the very end of the attempt: the next one begins there, and measures from there.
            time.Advance(Local.AttemptTimeout - (1.5 * roundTrip));
        }
        for (var i = 0; i < 20; i++) await source.PingAsync(target.Id, Ct);
        Assert.False(steps.Reader.TryRead(out _));
        Assert.True(source.FindPeer(target.Id) is { IsPunched: false, IsLimited: true });

        static async Task ExpectAsync(Libp2pStream stream, HolePunchMessageType type)
        {
            Assert.True(HolePunchMessage.TryDecode((await stream.ReadMessageAsync(HolePunchMessage.MaxLength, Ct))!, out var message));
            Assert.Equal(type, message.Type);
        }
    }

    [Fact]
    public async Task Nobody_has_a_host_dial_who_did_not_come_over_a_circuit_that_it_opened()
    {
        await using var hosts = new TestHosts();
        var (a, b) = await hosts.ConnectedPairAsync();
        using var puncher = new HolePuncher(b, Local);
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            await using var stream = await a.OpenStreamAsync(b.Id, HolePunchMessage.ProtocolId, Ct);
            await stream.WriteMessageAsync(new HolePunchMessage(HolePunchMessageType.Connect, a.ListenAddresses).Encode(), Ct);
            await stream.ReadMessageAsync(HolePunchMessage.MaxLength, Ct);
        });
    }

    [Fact]
    public async Task A_second_listener_at_a_port_is_refused_although_dials_leave_from_it()
    {
        await using var hosts = new TestHosts();
        var host = await hosts.StartSilentAsync();
        await host.ListenAsync(Multiaddr.Parse("/ip4/0.0.0.0/tcp/0"), Ct);
        var other = await hosts.StartSilentAsync();
        await Assert.ThrowsAsync<System.Net.Sockets.SocketException>(() => other.ListenAsync(host.ListenAddresses[0], Ct));
    }

    [Fact]
    public void Messages_are_the_bytes_of_the_specification()
    {
        Assert.Equal("08ac02", Convert.ToHexStringLower(new HolePunchMessage(HolePunchMessageType.Sync, []).Encode()));
        Assert.Equal("0864" + "1208" + "0419000001" + "060001", Convert.ToHexStringLower(new HolePunchMessage(HolePunchMessageType.Connect, [Multiaddr.Parse("/ip4/25.0.0.1/tcp/1")]).Encode()));
        Assert.False(HolePunchMessage.TryDecode([], out _));
        Assert.False(HolePunchMessage.TryDecode([8, 1], out _));
        Assert.False(HolePunchMessage.TryDecode(new byte[HolePunchMessage.MaxLength + 1], out _));
    }

    private static Multiaddr OverRelay(Libp2pHost relay) => TestHosts.AddressOf(relay).WithCircuit();

    private static async Task<(Libp2pHost Relay, Libp2pHost Target, Libp2pHost Source)> ThreeAsync(TestHosts hosts)
    {
        var (relay, target, source) = (await hosts.StartAsync(o => o with { Relay = new RelayOptions() }), await hosts.StartAsync(), await hosts.StartSilentAsync());
        await target.ListenAsync(OverRelay(relay), Ct);
        return (relay, target, source);
    }
}
