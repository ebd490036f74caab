using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Pyrsia.Interop.Tests.Libp2p;
using Pyrsia.Libp2p;
using Pyrsia.Node.Hosting;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.Interop.Tests.Browser;

/// <summary>js-libp2p in a browser, which reaches a host by WebSocket alone.</summary>
public sealed class BrowserTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_page_dials_a_host_pings_it_and_gets_its_bytes_back()
    {
        await using var host = new Libp2pHost(new Libp2pHostOptions { Identity = KeyPair.Generate() });
        Echo.Serve(host);
        await host.ListenAsync(Multiaddr.Parse("/ip4/127.0.0.1/tcp/0/ws"), Ct);
        await using var pages = await WebPages.StartAsync(Ct);

        PeerId page;
        Task gone;
        await using (new Chromium($"{pages.Origin}/?address={host.ListenAddresses[0].WithPeerId(host.Id)}&echo=1000003"))
        {
            var result = await ResultAsync(pages);
            Assert.Null(result["error"]);
            Assert.Equal(host.Id.ToString(), (string?)result["peer"]);
            Assert.True((double)result["rtt"]! >= 0);
            Assert.True((bool)result["echoed"]!);
            page = PeerId.Parse((string)result["id"]!);
            Assert.True(await host.WaitIdentifiedAsync(page, Ct));
            Assert.Contains("Mozilla", host.FindPeer(page)!.Agent, StringComparison.Ordinal);
            Assert.EndsWith("/ws", host.FindPeer(page)!.Address.ToString(), StringComparison.Ordinal);
            gone = host.NextAsync(page, PeerEventKind.Disconnected);
        }
        await gone;
    }

    [Fact]
    public async Task A_page_that_the_operator_named_fetches_content_on_the_HTTP_port_of_a_node_and_another_one_does_not()
    {
        await using var pages = await WebPages.StartAsync(Ct);
        using var directory = new TemporaryDirectory();
        var options = new NodeOptions { DataDirectory = directory["data"], Port = 0, Listen = ["/ip4/127.0.0.1/tcp/0"], ListenOnly = true, WebOrigins = [pages.Origin] };
        using var resources = NodeResources.Open(options);
        var builder = NodeWeb.CreateBuilder(options);
        builder.Logging.ClearProviders();
        builder.Services.AddPyrsiaNode(resources, NodeRole.Node).AddPyrsiaFollower(resources);
        await using var node = builder.Build().MapPyrsiaNode();
        await node.StartAsync(Ct);
        var held = await resources.Content.AddAsync(new MemoryStream(Encoding.UTF8.GetBytes("held by a node, wanted by a page")), null, long.MaxValue, Ct);
        var host = node.Services.GetRequiredService<Libp2pHost>();
        var query = $"?address=/ip4/127.0.0.1/tcp/{new Uri(node.Urls.Single()).Port}/ws/p2p/{host.Id}&digest={held.Digest.Hex}";

        await using (new Chromium($"{pages.Origin}/{query}"))
        {
            var result = await ResultAsync(pages);
            Assert.Null(result["error"]);
            Assert.Equal(held.Digest.Hex, (string?)result["digest"]);
            Assert.True(host.IsConnected(PeerId.Parse((string)result["id"]!)));
        }
        var elsewhere = pages.Origin.Replace("127.0.0.1", "localhost", StringComparison.Ordinal);
        await using (new Chromium($"{elsewhere}/{query}")) Assert.NotNull((await ResultAsync(pages))["error"]);
        await node.StopAsync(Ct);
    }

    private static Task<JsonNode> ResultAsync(WebPages pages) => pages.NextResultAsync(Ct).WaitAsync(Patience, Ct);
}
