using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Interop.Tests.Libp2p;

public sealed class MdnsInteropTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Js_and_we_find_each_other()
    {
        int port;
        using (var free = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0))) port = ((IPEndPoint)free.Client.LocalEndPoint!).Port;
        await using var host = new Libp2pHost(new Libp2pHostOptions { Identity = KeyPair.Generate() });
        await host.ListenAsync(Multiaddr.Parse("/ip4/127.0.0.1/tcp/0"), Ct);
        await using var js = await JsPeer.StartAsync("/pyrsia/kad/1.0.0", "Ed25519", "tcp", "/noise", $"mdns={port.ToString(CultureInfo.InvariantCulture)}");
        var met = host.NextAsync(js.Id, PeerEventKind.Connected);
        await using var mdns = new MdnsDiscovery(host, new MdnsOptions { Port = port, AllowLoopback = true });
        await met;
        Assert.Contains(js.Address.WithoutPeerId(), host.PeerStore.GetAddresses(js.Id));
        // To js a connection that comes in is a discovery too, of a peer without addresses.
        var found = await js.EventAsync(e => (string?)e["event"] == "discovery" && (string?)e["peer"] == host.Id.ToString() && e["addresses"]!.AsArray().Count > 0);
        Assert.Equal(host.ListenAddresses[0].ToString(), (string?)found["addresses"]![0]);
    }
}
