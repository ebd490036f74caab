using System.Collections.Concurrent;
using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Interop.Tests.Libp2p;

public sealed class AutoNatInteropTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(JsMatrix.Dials), MemberType = typeof(JsMatrix))]
    public async Task Js_learns_from_ours_that_it_is_reached_by_either_version(string transport, string security, bool jsDials)
    {
        await using var end = await FarEnd.ConnectAsync();
        await using var ours = await JsMatrix.StartAsync(transport, security, end.Near);
        using var autoNat = new AutoNat(ours);
        // Js is slow to ask: both at once.
        await Task.WhenAll(LearnsAsync("autonat", 4001), LearnsAsync("autonat-v2", 4002));

        async Task LearnsAsync(string version, int port)
        {
            var listens = JsMatrix.Listen(transport, end.Far, port);
            await using var js = await JsMatrix.StartJsInAsync(end.Name, transport, security, $"listen={listens}", $"nat={version}");
            if (jsDials) await js.SendAsync("dial", new { address = JsMatrix.AddressOf(ours) });
            else await ours.ConnectAsync(Multiaddr.Parse(listens).WithPeerId(js.Id), Ct);
            await js.EventAsync(e => (string?)e["event"] == "self" && e["addresses"]!.AsArray().Any(a => ((string)a!).StartsWith(listens, StringComparison.Ordinal)));
        }
    }

    [Theory]
    [MemberData(nameof(JsMatrix.Dials), MemberType = typeof(JsMatrix))]
    public async Task Ours_learns_from_js_what_is_reached_and_what_is_not(string transport, string security, bool jsDials)
    {
        await using var end = await FarEnd.ConnectAsync();
        await using var ours = await JsMatrix.StartAsync(transport, security, end.Near);
        var listens = JsMatrix.Listen(transport, end.Far, 4001);
        await using var js = await JsMatrix.StartJsInAsync(end.Name, transport, security, $"listen={listens}", "nat=autonat,autonat-v2");
        using var autoNat = new AutoNat(ours, new AutoNatOptions { Settle = TimeSpan.FromHours(1) });
        var known = ours.NextAsync(js.Id, PeerEventKind.Identified);
        if (jsDials) await js.SendAsync("dial", new { address = JsMatrix.AddressOf(ours) });
        else await ours.ConnectAsync(Multiaddr.Parse(listens).WithPeerId(js.Id), Ct);
        await known;
        var server = ours.FindPeer(js.Id)!;
        Assert.True(await autoNat.AskAsync(server, ours.ListenAddresses[0], Ct));
        Assert.False(await autoNat.AskAsync(server, Multiaddr.Parse(JsMatrix.Listen(transport, end.Near, 1)), Ct));
        // Version 1 of js never dials who is connected: it takes that connection for the dial, and closes it. A refusal it can say.
        await using var stream = await ours.OpenStreamAsync(js.Id, AutoNatV1Message.ProtocolId, Ct);
        await stream.WriteMessageAsync(new AutoNatV1Message { Peer = ours.Id, Addresses = [Multiaddr.Parse(JsMatrix.Listen(transport, "10.0.0.1", 1))] }.Encode(), Ct);
        Assert.True(AutoNatV1Message.TryDecode((await stream.ReadMessageAsync(AutoNatV1Message.MaxLength, Ct))!, out var answer));
        Assert.Equal(AutoNatV1Status.DialRefused, answer.Status);
    }

    /// <summary>A NAT would let the answer to a dial from the listening port pass, and tell nothing.</summary>
    [Fact]
    public async Task A_dial_back_does_not_leave_from_the_port_that_other_dials_leave_from()
    {
        await using var end = await FarEnd.ConnectAsync();
        await using var server = new Libp2pHost(new Libp2pHostOptions { Identity = KeyPair.Generate() });
        await server.ListenAsync(Multiaddr.Parse("/ip4/0.0.0.0/tcp/0"), Ct);
        using var serving = new AutoNat(server);
        var gate = new CallerGate();
        await using var asker = new Libp2pHost(new Libp2pHostOptions { Identity = KeyPair.Generate(), Gate = gate });
        await asker.ListenAsync(Multiaddr.Parse($"/ip4/{end.Near}/tcp/0"), Ct);
        await server.ConnectAsync(asker.ListenAddresses[0].WithPeerId(asker.Id), Ct);
        while (!asker.IsConnected(server.Id)) await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Ct);
        Assert.True(await asker.WaitIdentifiedAsync(server.Id, Ct));
        using var autoNat = new AutoNat(asker, new AutoNatOptions { Serve = false, Settle = TimeSpan.FromHours(1) });
        Assert.True(await autoNat.AskAsync(asker.FindPeer(server.Id)!, asker.ListenAddresses[0], Ct));
        server.ListenAddresses[0].TryGetTcpEndPoint(out var listens);
        Assert.Equal([true, false], gate.Ports.Select(port => port == listens.Port));
    }

    /// <summary>Lets all in and notes the ports they come from.</summary>
    private sealed class CallerGate : IConnectionGate
    {
        public ConcurrentQueue<int> Ports { get; } = [];

        public string? RefuseCaller(Multiaddr address)
        {
            if (address.TryGetTcpEndPoint(out var endPoint)) Ports.Enqueue(endPoint.Port);
            return null;
        }
    }
}
