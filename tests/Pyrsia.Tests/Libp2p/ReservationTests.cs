using System.Threading.Channels;
using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

/// <summary>What a host does for a reservation, at a relay that answers as the test says.</summary>
public sealed class ReservationTests
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);
    private readonly SteppingTime _time = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_reservation_is_refreshed_after_half_of_its_time_again_and_again()
    {
        await using var hosts = new TestHosts();
        var relay = await hosts.StartAsync();
        var asked = Serve(relay, relay.Identity);
        var host = await StartAsync(hosts);
        await host.ListenAsync(TestHosts.AddressOf(relay).WithCircuit(), Ct);
        await asked.ReadAsync(Ct);
        for (var i = 0; i < 3; i++)
        {
            await _time.TimerAsync(Lifetime / 2);
            _time.Advance((Lifetime / 2) - TimeSpan.FromTicks(1));
            Assert.False(asked.TryRead(out _));
            _time.Advance(TimeSpan.FromTicks(1));
            await asked.ReadAsync(Ct);
            Assert.Single(host.ListenAddresses);
        }
    }

    [Fact]
    public async Task A_reservation_is_taken_anew_when_the_relay_was_lost_and_is_not_announced_before()
    {
        await using var hosts = new TestHosts();
        var identity = KeyPair.Generate();
        var relay = await hosts.StartAsync(o => o with { Identity = identity });
        var address = TestHosts.AddressOf(relay);
        var asked = Serve(relay, identity);
        var host = await StartAsync(hosts);
        await host.ListenAsync(address.WithCircuit(), Ct);
        await asked.ReadAsync(Ct);
        var failed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Faulted += (_, fault) =>
        {
            if (fault.Activity.StartsWith("a reservation", StringComparison.Ordinal)) failed.TrySetResult();
        };
        var waits = _time.TimerAsync(TimeSpan.FromSeconds(5));
        await relay.DisposeAsync();
        await failed.Task.WaitAsync(TimeSpan.FromSeconds(30), Ct);
        await waits;
        Assert.Empty(host.ListenAddresses);
        await using var back = new Libp2pHost(new Libp2pHostOptions { Identity = identity });
        asked = Serve(back, identity);
        await back.ListenAsync(address.WithoutPeerId(), Ct);
        _time.Advance(TimeSpan.FromSeconds(5));
        await asked.ReadAsync(Ct);
        await _time.TimerAsync(Lifetime / 2);
        Assert.Equal([address.WithCircuit()], host.ListenAddresses);
    }

    [Fact]
    public async Task A_voucher_of_another_relay_or_for_another_peer_is_refused_and_so_is_a_reservation_that_has_ended()
    {
        await using var hosts = new TestHosts();
        var host = await StartAsync(hosts);
        var wrong = new Func<Libp2pHost, HopMessage>[]
        {
            relay => Answer(KeyPair.Generate(), host.Id),
            relay => Answer(relay.Identity, KeyPair.Generate().PeerId),
            relay => Answer(relay.Identity, host.Id, -Lifetime),
        };
        foreach (var answer in wrong)
        {
            var relay = await hosts.StartAsync();
            relay.Handle(HopMessage.ProtocolId, async (stream, ct) => await stream.WriteMessageAsync(answer(relay).Encode(), ct));
            await Assert.ThrowsAsync<PeerProtocolException>(() => host.ListenAsync(TestHosts.AddressOf(relay).WithCircuit(), Ct));
            Assert.Empty(host.ListenAddresses);
        }
    }

    [Fact]
    public async Task A_host_that_is_not_reached_takes_a_reservation_at_a_relay_that_it_knows()
    {
        await using var hosts = new TestHosts();
        var local = new AutoNatOptions { AllowPrivate = true, Settle = TimeSpan.FromMilliseconds(1) };
        var relay = await hosts.StartAsync(o => o with { Relay = new RelayOptions() });
        using var serving = new AutoNat(relay, local);
        var host = await hosts.StartAsync(o => o with { AnnounceAddresses = [Multiaddr.Parse("/ip4/127.0.0.1/tcp/1")] });
        using var autoNat = new AutoNat(host, local with { Serve = false });
        using var finder = new RelayFinder(host, autoNat);
        var found = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        finder.Found += (_, _) => found.TrySetResult();
        await host.ConnectAsync(TestHosts.AddressOf(relay), Ct);
        await found.Task.WaitAsync(TimeSpan.FromSeconds(30), Ct);
        Assert.Contains(TestHosts.AddressOf(relay).WithCircuit(), host.ListenAddresses);
        var other = await hosts.StartAsync();
        await other.ConnectAsync(TestHosts.AddressOf(relay).WithCircuit().WithPeerId(host.Id), Ct);
    }

    /// <summary>A host on the test's clock, whose peers it never takes for dead.</summary>
    private Task<Libp2pHost> StartAsync(TestHosts hosts) => hosts.StartSilentAsync(o => o with
    {
        Time = _time,
        Heartbeat = new HeartbeatOptions { Interval = TimeSpan.FromDays(1), SuspectAfter = TimeSpan.FromDays(2), DeadAfter = TimeSpan.FromDays(3) },
    });

    private ChannelReader<bool> Serve(Libp2pHost relay, KeyPair identity)
    {
        var asked = Channel.CreateUnbounded<bool>();
        relay.Handle(HopMessage.ProtocolId, async (stream, ct) =>
        {
            await stream.ReadMessageAsync(HopMessage.MaxLength, ct);
            await stream.WriteMessageAsync(Answer(identity, stream.RemotePeer).Encode(), ct);
            await stream.CloseWriteAsync(ct);
            asked.Writer.TryWrite(true);
        });
        return asked.Reader;
    }

    private HopMessage Answer(KeyPair relay, PeerId peer, TimeSpan? lifetime = null)
    {
        var until = (ulong)(_time.GetUtcNow() + (lifetime ?? Lifetime)).ToUnixTimeSeconds();
        return new HopMessage(HopMessageType.Status) { Status = RelayStatus.Ok, Reservation = new RelayReservation(until, [], ReservationVoucher.Seal(relay, peer, until)) };
    }
}
