using Pyrsia.Libp2p;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.Interop.Tests.Libp2p;

/// <summary>What happens on streams with js-libp2p beside the echo of <see cref="JsInteropTests"/>, in both directions.</summary>
public sealed class StreamInteropTests
{
    private const string Late = "/interop/late/1.0.0";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(JsMatrix.Dials), MemberType = typeof(JsMatrix))]
    public async Task A_reset_of_either_side_reaches_the_other_and_the_connection_goes_on(string transport, string security, bool jsDials)
    {
        await using var host = await JsMatrix.StartAsync(transport, security);
        var seen = Resets.Serve(host);
        await using var js = await JsMatrix.StartJsAsync(transport, security);
        await JsMatrix.ConnectAsync(host, js, jsDials);
        // To js a stream of QUIC that was reset has come to its end.
        var seenByJs = transport == "quic" ? "order" : "StreamResetError";

        await using (var refused = await host.OpenStreamAsync(js.Id, Resets.Protocol, Ct))
        {
            await refused.WriteAsync(new byte[] { 1 }, Ct);
            await Assert.ThrowsAsync<StreamResetException>(async () => await refused.ReadAsync(new byte[1], Ct));
        }
        await using (var dropped = await host.OpenStreamAsync(js.Id, Resets.Protocol, Ct))
        {
            await dropped.WriteAsync(new byte[] { 2 }, Ct);
            await dropped.ReadExactlyAsync(new byte[1], Ct);
            dropped.Reset();
        }
        Assert.Equal(seenByJs, (string?)(await js.EventAsync(e => (string?)e["event"] == "end"))["of"]);

        var theirs = (await js.SendAsync("reset", new { address = JsMatrix.AddressOf(host) }))["seen"]!.AsArray();
        Assert.Equal(seenByJs, (string?)theirs[0]);
        Assert.Equal(2, (int)theirs[1]!);
        Assert.IsType<StreamResetException>(await seen.WaitAsync(TimeSpan.FromSeconds(30), Ct));
        Assert.True(await host.PingAsync(js.Id, Ct) > TimeSpan.Zero);
    }

    [Theory]
    [MemberData(nameof(JsMatrix.Dials), MemberType = typeof(JsMatrix))]
    public async Task Perf_carries_what_was_asked_for_in_both_directions(string transport, string security, bool jsDials)
    {
        await using var host = await JsMatrix.StartAsync(transport, security);
        PerfProtocol.Serve(host);
        await using var js = await JsMatrix.StartJsAsync(transport, security);
        await JsMatrix.ConnectAsync(host, js, jsDials);
        foreach (var (up, down) in new[] { (0UL, 0UL), (1UL, 1UL), (3_000_001UL, 0UL), (0UL, 20_000_003UL) })
        {
            Assert.True(await PerfProtocol.MeasureAsync(host, js.Id, up, down, Ct) > TimeSpan.Zero);
            Assert.Equal(down, (ulong)(await js.SendAsync("perf", new { address = JsMatrix.AddressOf(host), upload = up, download = down }))["received"]!);
        }
    }

    [Theory]
    [MemberData(nameof(JsMatrix.Dials), MemberType = typeof(JsMatrix))]
    public async Task What_is_served_later_is_pushed_in_both_directions(string transport, string security, bool jsDials)
    {
        await using var host = await JsMatrix.StartAsync(transport, security);
        await using var js = await JsMatrix.StartJsAsync(transport, security);
        await JsMatrix.ConnectAsync(host, js, jsDials);
        await js.EventAsync(e => IsIdentify(e, host.Id));
        host.Handle(Late, (_, _) => Task.CompletedTask);
        await js.EventAsync(e => IsIdentify(e, host.Id) && e["protocols"]!.AsArray().Any(p => (string?)p == Late));
        Assert.DoesNotContain(Late, host.FindPeer(js.Id)!.Protocols);
        var pushed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        host.PeerChanged += (_, e) =>
        {
            if (e.Kind == PeerEventKind.Identified && host.FindPeer(js.Id)!.Protocols.Contains(Late)) pushed.TrySetResult();
        };
        await js.SendAsync("serve", new { protocol = Late });
        await pushed.Task.WaitAsync(TimeSpan.FromSeconds(30), Ct);
    }

    [Fact]
    public async Task Pings_that_are_asked_for_at_once_are_all_answered()
    {
        await using var host = await JsMatrix.StartAsync();
        await using var js = await JsMatrix.StartJsAsync();
        await host.ConnectAsync(js.Address, Ct);
        foreach (var roundTrip in await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => host.PingAsync(js.Id, Ct)))) Assert.True(roundTrip > TimeSpan.Zero);
    }

    [Fact]
    public async Task What_identify_says_reaches_js_although_it_is_longer_than_js_reads_at_once()
    {
        var name = new string('a', 60);
        var announced = Enumerable.Range(1, PeerRecord.MaxAddresses).Select(i => Multiaddr.Parse($"/dns4/{name}.{name}.example/tcp/{i}")).ToArray();
        await using var host = new Libp2pHost(new Libp2pHostOptions { Identity = KeyPair.Generate(), AnnounceAddresses = announced });
        await using var js = await JsMatrix.StartJsAsync();
        await host.ConnectAsync(js.Address, Ct);
        var identified = await js.EventAsync(e => IsIdentify(e, host.Id));
        Assert.Equal(announced.Length, identified["addresses"]!.AsArray().Count);
        Assert.Contains(identified["protocols"]!.AsArray(), p => (string?)p == "/ipfs/ping/1.0.0");
    }

    private static bool IsIdentify(System.Text.Json.Nodes.JsonNode e, PeerId peer) => (string?)e["event"] == "identify" && (string?)e["peer"] == peer.ToString();
}
