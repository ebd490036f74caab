using System.Net;
using System.Net.WebSockets;
using System.Text.Json.Nodes;
using Pyrsia.Libp2p;
using Pyrsia.Tests.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Node.Api;

public sealed class PeerSocketTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static async Task<HttpStatusCode> ConnectAsync(NodeFixture node, string? origin, string path = "/")
    {
        using var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        if (origin is not null) socket.Options.SetRequestHeader("Origin", origin);
        try
        {
            await socket.ConnectAsync(new Uri($"ws://{node.Http.BaseAddress!.Authority}{path}"), Cancel);
        }
        catch (WebSocketException)
        {
            // The status says why.
        }
        return socket.HttpStatusCode;
    }

    [Fact]
    public async Task A_peer_reaches_a_node_on_its_HTTP_port_and_is_let_go_when_the_node_ends()
    {
        await using var peer = new Libp2pHost(new Libp2pHostOptions { Identity = KeyPair.Generate() });
        Task gone;
        await using (var node = await NodeFixture.StartAsync())
        {
            var id = PeerId.Parse((string)JsonNode.Parse(await node.Http.GetStringAsync("/status", Cancel))!["peer_id"]!);
            gone = TestHosts.NextAsync(peer, id, PeerEventKind.Disconnected);
            Assert.Equal(id, await peer.ConnectAsync(Multiaddr.Parse($"/ip4/127.0.0.1/tcp/{node.Http.BaseAddress!.Port}/ws/p2p/{id}"), Cancel));
            Assert.True(await peer.WaitIdentifiedAsync(id, Cancel));
            Assert.True(await peer.PingAsync(id, Cancel) > TimeSpan.Zero);
            var details = await node.Http.GetStringAsync("/peers?details=true", Cancel);
            Assert.Contains(peer.Id.ToString(), details, StringComparison.Ordinal);
            Assert.Contains("/ws", details, StringComparison.Ordinal);
        }
        await gone;
    }

    [Fact]
    public async Task A_page_of_another_origin_connects_only_where_the_operator_named_it()
    {
        await using var node = await NodeFixture.StartAsync(change: o => o with { WebOrigins = ["https://app.example"] });
        Assert.Equal(HttpStatusCode.SwitchingProtocols, await ConnectAsync(node, null));
        Assert.Equal(HttpStatusCode.SwitchingProtocols, await ConnectAsync(node, node.Http.BaseAddress!.GetLeftPart(UriPartial.Authority)));
        Assert.Equal(HttpStatusCode.SwitchingProtocols, await ConnectAsync(node, "https://app.example"));
        Assert.Equal(HttpStatusCode.Forbidden, await ConnectAsync(node, "https://app.example.attacker.example"));
        Assert.Equal(HttpStatusCode.Forbidden, await ConnectAsync(node, "null"));
        Assert.Equal(HttpStatusCode.Forbidden, (await node.GetAsync("/status", ("Origin", "https://app.example"))).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, await ConnectAsync(node, "https://app.example", "/status"));
        Assert.Equal(HttpStatusCode.NotFound, await ConnectAsync(node, null, "/no/such/route"));
    }
}
