using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Interop.Tests.Libp2p;

public sealed class MdnsInteropTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(JsMatrix.Stacks), MemberType = typeof(JsMatrix))]
    public async Task Js_and_we_find_each_other_and_dial_what_was_found(string transport, string security)
    {
        int port;
        using (var free = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0))) port = ((IPEndPoint)free.Client.LocalEndPoint!).Port;
        await using var host = await JsMatrix.StartAsync(transport, security);
        await using var js = await JsMatrix.StartJsAsync(transport, security, $"mdns={port.ToString(CultureInfo.InvariantCulture)}");
        var met = host.NextAsync(js.Id, PeerEventKind.Connected);
        await using (new MdnsDiscovery(host, new MdnsOptions { Port = port, AllowLoopback = true }))
        {
            await met;
            Assert.Contains(js.Address.WithoutPeerId(), host.PeerStore.GetAddresses(js.Id));
            var found = await js.EventAsync(e => (string?)e["event"] == "discovery" && (string?)e["peer"] == host.Id.ToString());
            Assert.Contains(found["addresses"]!.AsArray(), address => (string?)address == host.ListenAddresses[0].ToString() || (string?)address == JsMatrix.AddressOf(host));
        }
        // Js dials by the id alone: where that is it has by multicast DNS. It may do so by itself, before the first connection has ended too, and may take that for one that still is.
        await host.DisconnectAsync(js.Id);
        await Eventually.HoldsAsync(async () => (string)(await js.SendAsync("dial", new { address = $"/p2p/{host.Id}" }))["peer"]! == host.Id.ToString() && host.FindPeer(js.Id) is { IsInbound: true }, "js dials nothing");
    }
}
