using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Pyrsia.Libp2p;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

public sealed class WebSocketTransportTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static async Task<Libp2pHost> StartAsync(SecurityProtocol security = SecurityProtocol.Noise)
    {
        var host = new Libp2pHost(new Libp2pHostOptions { Identity = KeyPair.Generate(), Security = [security], DialTimeout = TimeSpan.FromSeconds(5) });
        await host.ListenAsync(Multiaddr.Parse("/ip4/127.0.0.1/tcp/0/ws"), Ct);
        Echo.Serve(host);
        return host;
    }

    private static IPEndPoint EndPointOf(Libp2pHost host)
    {
        Assert.True(host.ListenAddresses[0].WithoutWebSocket(out var webSocket).TryGetTcpEndPoint(out var endPoint) && webSocket);
        return endPoint;
    }

    [Theory]
    [InlineData(SecurityProtocol.Noise)]
    [InlineData(SecurityProtocol.Tls)]
    public async Task Two_hosts_transfer_byte_for_byte_over_a_WebSocket(SecurityProtocol security)
    {
        await using var a = await StartAsync(security);
        await using var b = await StartAsync(security);
        Assert.EndsWith("/ws", b.ListenAddresses[0].ToString(), StringComparison.Ordinal);
        await a.ConnectAsync(TestHosts.AddressOf(b), Ct);
        Assert.EndsWith("/ws", a.FindPeer(b.Id)!.Address.ToString(), StringComparison.Ordinal);
        Assert.True(await a.WaitIdentifiedAsync(b.Id, Ct));
        Assert.Equal(b.ListenAddresses, a.PeerStore.GetAddresses(b.Id));
        foreach (var size in new[] { 0, 1, 125, 126, 65_535, 65_536, 3_000_001 }) await Echo.SendAsync(a, b.Id, size, Math.Max(size, 1), Ct);
        var gone = TestHosts.NextAsync(b, a.Id, PeerEventKind.Disconnected);
        await a.DisconnectAsync(b.Id);
        await gone;
    }

    [Fact]
    public async Task A_WebSocket_is_dialed_by_name()
    {
        await using var a = await StartAsync();
        await using var b = await StartAsync();
        Assert.Equal(b.Id, await a.ConnectAsync(Multiaddr.Parse($"/dns4/localhost/tcp/{EndPointOf(b).Port}/ws/p2p/{b.Id}"), Ct));
    }

    [Fact]
    public async Task Over_a_WebSocket_a_peer_that_is_not_the_dialed_one_is_named()
    {
        await using var a = await StartAsync();
        await using var b = await StartAsync();
        var error = await Assert.ThrowsAsync<PeerIdMismatchException>(() => a.ConnectAsync(b.ListenAddresses[0].WithPeerId(KeyPair.Generate().PeerId), Ct));
        Assert.Equal(b.Id, error.Actual);
    }

    [Fact]
    public async Task A_listener_on_every_interface_is_announced_with_ws_on_each()
    {
        await using var host = new Libp2pHost(new Libp2pHostOptions { Identity = KeyPair.Generate() });
        await host.ListenAsync(Multiaddr.Parse("/ip4/0.0.0.0/tcp/0/ws"), Ct);
        Assert.NotEmpty(host.ListenAddresses);
        Assert.All(host.ListenAddresses, a => Assert.Matches(@"^/ip4/(?!0\.)[0-9.]+/tcp/[1-9][0-9]*/ws$", a.ToString()));
    }

    [Fact]
    public async Task A_browser_that_only_looks_is_told_what_the_address_takes()
    {
        await using var host = await StartAsync();
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri($"http://{EndPointOf(host)}/"), Ct);
        Assert.Equal(HttpStatusCode.UpgradeRequired, answer.StatusCode);
        Assert.Contains("WebSocket", await answer.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_caller_that_sends_no_end_of_its_request_is_dropped_at_the_limit()
    {
        await using var host = await StartAsync();
        using var socket = new TcpClient();
        await socket.ConnectAsync(EndPointOf(host), Ct);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nCookie: " + new string('x', HttpHead.MaxLength)), Ct);
        await AssertEndsAsync(stream);
    }

    [Fact]
    public async Task A_text_message_ends_the_connection()
    {
        await using var host = await StartAsync();
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri($"ws://{EndPointOf(host)}/any/path"), Ct);
        await socket.SendAsync("/multistream/1.0.0\n"u8.ToArray(), WebSocketMessageType.Text, true, Ct);
        await Assert.ThrowsAsync<WebSocketException>(() => socket.ReceiveAsync(new byte[100], Ct));
    }

    [Fact]
    public async Task Messages_may_end_anywhere_and_be_empty()
    {
        await using var host = await StartAsync();
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri($"ws://{EndPointOf(host)}/"), Ct);
        foreach (var b in MultistreamSelect.Opening("/nobody/serves/this"))
        {
            await socket.SendAsync(ReadOnlyMemory<byte>.Empty, WebSocketMessageType.Binary, true, Ct);
            await socket.SendAsync(new[] { b }, WebSocketMessageType.Binary, b % 2 == 0, Ct);
        }
        var buffer = new byte[100];
        var answer = await socket.ReceiveAsync(buffer, Ct);
        Assert.Equal("\u0013/multistream/1.0.0\n\u0003na\n", Encoding.ASCII.GetString(buffer, 0, answer.Count));
    }

    [Fact]
    public async Task Something_else_than_a_WebSocket_listener_at_the_dialed_address_is_a_clear_error()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var answering = Task.Run(async () =>
        {
            using var caller = await listener.AcceptSocketAsync(Ct);
            await caller.ReceiveAsync(new byte[2000], SocketFlags.None, Ct);
            await caller.SendAsync(Encoding.ASCII.GetBytes("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"), SocketFlags.None, Ct);
        }, Ct);
        await using var host = await StartAsync();
        var error = await Assert.ThrowsAsync<PeerProtocolException>(() => host.ConnectAsync(Multiaddr.Parse($"/ip4/127.0.0.1/tcp/{((IPEndPoint)listener.LocalEndpoint).Port}/ws"), Ct));
        Assert.Contains("404", error.Message, StringComparison.Ordinal);
        await answering;
    }

    private static async Task AssertEndsAsync(NetworkStream stream)
    {
        try
        {
            while (await stream.ReadAsync(new byte[1000], Ct) > 0)
            {
            }
        }
        catch (IOException)
        {
            // A reset is an end too.
        }
    }
}
