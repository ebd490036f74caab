using System.Text.RegularExpressions;
using Pyrsia.Libp2p;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

public sealed partial class HostMetricsTests : IAsyncDisposable
{
    private readonly SteppingTime _time = new();
    private readonly MemoryNetwork _network;
    private readonly TestMeters _dialer = new();
    private readonly TestMeters _listener = new();
    private readonly TestHosts _hosts = new();

    public HostMetricsTests() => _network = new MemoryNetwork(_time);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _hosts.DisposeAsync();
        _dialer.Dispose();
        _listener.Dispose();
    }

    private async Task<Libp2pHost> StartAsync(int number, TestMeters meters, Func<Libp2pHostOptions, Libp2pHostOptions>? change = null)
    {
        var host = await _hosts.StartSilentAsync(o => (change?.Invoke(o) ?? o) with { Time = _time, Memory = _network, Meters = meters });
        await host.ListenAsync(Multiaddr.Parse($"/memory/{number}"), Ct);
        return host;
    }

    private async Task<(Libp2pHost A, Libp2pHost B)> ConnectedPairAsync()
    {
        var (a, b) = (await StartAsync(1, _dialer), await StartAsync(2, _listener));
        var known = Task.WhenAll(TestHosts.NextAsync(a, b.Id, PeerEventKind.Identified), TestHosts.NextAsync(b, a.Id, PeerEventKind.Identified));
        await a.ConnectAsync(TestHosts.AddressOf(b), Ct);
        await known;
        return (a, b);
    }

    [Fact]
    public async Task Connections_dials_and_handshakes_are_measured_at_both_ends()
    {
        await ConnectedPairAsync();
        Assert.Equal([(0, "libp2p.direction=inbound"), (1, "libp2p.direction=outbound")], _dialer.Of("libp2p.connections").Select(m => ((int)m.Value, m.Tags)));
        Assert.Equal([(1, "libp2p.direction=inbound"), (0, "libp2p.direction=outbound")], _listener.Of("libp2p.connections").Select(m => ((int)m.Value, m.Tags)));
        Assert.Equal("", Assert.Single(_dialer.Of("libp2p.dial.duration")).Tags);
        Assert.Empty(_listener.Of("libp2p.dial.duration"));
        Assert.Equal("libp2p.direction=outbound libp2p.security=/noise", Assert.Single(_dialer.Of("libp2p.handshake.duration")).Tags);
        Assert.Equal("libp2p.direction=inbound libp2p.security=/noise", Assert.Single(_listener.Of("libp2p.handshake.duration")).Tags);
    }

    [Fact]
    public async Task Times_are_those_of_the_host_s_clock()
    {
        var a = await StartAsync(1, _dialer);
        // It takes the connection, and says nothing.
        using var silent = _network.Listen(9);
        var latency = TimeSpan.FromSeconds(0.25);
        _network.Link(1, 9).Latency = latency;
        var dial = a.ConnectAsync(Multiaddr.Parse("/memory/9"), Ct);
        for (var way = 0; way < 2; way++)
        {
            await _time.TimerAsync(latency);
            _time.Advance(latency);
        }
        await using var accepted = await silent.Accepted.ReadAsync(Ct);
        var first = accepted.ReceiveAsync(new byte[1000], Ct);
        // The handshake has begun when its first message is under way.
        await _time.TimerAsync(latency);
        _time.Advance(TimeSpan.FromSeconds(10) - (2 * latency));
        await Assert.ThrowsAsync<DialFailedException>(() => dial.WaitAsync(TimeSpan.FromSeconds(30), Ct));
        Assert.True(await first > 0);
        Assert.Equal((10, "error.type=Pyrsia.Libp2p.DialFailedException"), _dialer.Of("libp2p.dial.duration").Select(m => (m.Value, m.Tags)).Single());
        Assert.Equal((9.5, "libp2p.direction=outbound error.type=given_up"), _dialer.Of("libp2p.handshake.duration").Select(m => (m.Value, m.Tags)).Single());
    }

    [Fact]
    public async Task What_failed_says_of_which_kind_the_failure_was()
    {
        var (a, b) = (await StartAsync(1, _dialer), await StartAsync(2, _listener));
        await Assert.ThrowsAsync<DialFailedException>(() => a.ConnectAsync(Multiaddr.Parse("/memory/9"), Ct));
        await Assert.ThrowsAsync<PeerIdMismatchException>(() => a.ConnectAsync(b.ListenAddresses[0].WithPeerId(KeyPair.Generate().PeerId), Ct));
        Assert.Equal(["error.type=Pyrsia.Libp2p.DialFailedException", "error.type=Pyrsia.Libp2p.PeerIdMismatchException"], _dialer.Of("libp2p.dial.duration").Select(m => m.Tags));
        Assert.Equal("libp2p.direction=outbound error.type=Pyrsia.Libp2p.PeerIdMismatchException", Assert.Single(_dialer.Of("libp2p.handshake.duration")).Tags);
    }

    [Fact]
    public async Task Bytes_are_counted_at_both_ends_alike_and_streams_while_they_are_open()
    {
        var (a, b) = await ConnectedPairAsync();
        Echo.Serve(b);
        await Echo.SendAsync(a, b.Id, 500_000, 10_000, Ct);
        Assert.InRange(Sum(_dialer, "transmit"), 500_000, 520_000);
        Assert.InRange(Sum(_dialer, "receive"), 500_000, 520_000);
        await using (var stream = await a.OpenStreamAsync(b.Id, Echo.Protocol, Ct))
        {
            await stream.ConfirmAsync(Ct);
            Assert.True(_listener.Of("libp2p.streams")[^1].Value >= 1);
        }

        static double Sum(TestMeters meters, string direction) => meters.Of("libp2p.io").Where(m => m.Tags == $"network.io.direction={direction}").Sum(m => m.Value);
    }

    [Fact]
    public async Task Verdicts_of_the_failure_detector_and_refusals_by_limits_are_counted()
    {
        var (a, b) = (await StartAsync(1, _dialer), await StartAsync(2, _listener, o => o with { Limits = new ResourceLimits { MaxInboundConnectionsPerPeer = 1, MaxHandshakes = 1 } }));
        _network.Link(1, 2).IsSilent = false;
        await a.ConnectAsync(TestHosts.AddressOf(b), Ct);
        _network.Link(1, 2).IsSilent = true;
        var heartbeat = new HeartbeatOptions();
        var dead = TestHosts.NextAsync(a, b.Id, PeerEventKind.Dead);
        while (!dead.IsCompleted)
        {
            await _time.StandAsync(2, heartbeat.Interval);
            _time.Advance(heartbeat.Interval / Libp2pHost.MaxLooksPerInterval);
        }
        Assert.Equal(["libp2p.peer.state=suspected", "libp2p.peer.state=dead"], _dialer.Of("libp2p.peer.verdicts").Select(m => m.Tags));
        var refusals = _listener.Of("libp2p.limit.refusals").Select(m => m.Tags).ToArray();
        Assert.Equal(Enum.GetValues<ResourceKind>().Length, refusals.Length);
        Assert.Contains("libp2p.resource=quic_handshakes", refusals);
        _network.Link(1, 2).IsSilent = false;
    }

    [Fact]
    public async Task Lookups_in_the_DHT_are_measured_by_what_they_ask_for()
    {
        var (a, _) = await ConnectedPairAsync();
        using var dht = new KadDht(a, new KadOptions { Protocol = "/test/kad/1.0.0" });
        Assert.Null(await dht.FindPeerAsync(KeyPair.Generate().PeerId, Ct));
        Assert.Empty(await dht.FindProvidersAsync(Multihash.OfSha256("x"u8), 1, Ct).ToArrayAsync(Ct));
        var tags = _dialer.Of("libp2p.dht.lookup.duration").Select(m => m.Tags).ToArray();
        Assert.Contains("libp2p.dht.lookup=peers", tags);
        Assert.Contains("libp2p.dht.lookup=providers", tags);
    }

    [Fact]
    public async Task A_host_disposes_of_the_meter_that_it_made_and_of_no_other()
    {
        var a = await StartAsync(1, _dialer);
        await a.DisposeAsync();
        var meter = Assert.Single(_dialer.Created);
        Assert.Equal(HostMetrics.MeterName, meter.Name);
        Assert.NotEmpty(_dialer.Of("libp2p.limit.refusals"));
    }

    [Fact]
    public async Task Names_are_OpenTelemetry_s_in_form_and_every_one_stands_in_the_documentation()
    {
        await ConnectedPairAsync();
        var documented = Repository.SourceTree.Read("docs/protocols/libp2p.md");
        var names = new List<string>();
        using var all = new System.Diagnostics.Metrics.MeterListener { InstrumentPublished = (instrument, _) => { if (instrument.Meter.Scope == _dialer) lock (names) names.Add(instrument.Name); } };
        all.Start();
        Assert.Equal(8, names.Count);
        Assert.All(names, name => Assert.Matches(Name(), name));
        Assert.All(names, name => Assert.Contains($"`{name}`", documented, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"^libp2p(\.[a-z]+)+$")]
    private static partial Regex Name();
}
