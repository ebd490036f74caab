using System.Net;
using System.Net.Sockets;
using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

/// <summary>Peers that do not follow the rules, over raw sockets and raw secure channels.</summary>
public sealed class HostileConnectionTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff")]
    [InlineData("\u0013/multistream/1.0.0\n\u0003/x\n\u0003na\n")]
    public async Task A_caller_that_speaks_something_else_is_dropped_and_the_host_goes_on(string text)
    {
        await using var hosts = new TestHosts();
        var host = await hosts.StartAsync(o => o with { DialTimeout = TimeSpan.FromSeconds(2) });
        using var socket = await ConnectAsync(host);
        await socket.SendAsync(System.Text.Encoding.Latin1.GetBytes(text), SocketFlags.None, Ct);
        await DrainAsync(socket);
        var other = await hosts.StartAsync();
        await other.ConnectAsync(TestHosts.AddressOf(host), Ct);
        Assert.True(await other.PingAsync(host.Id, Ct) > TimeSpan.Zero);
    }

    [Fact]
    public async Task A_caller_that_says_nothing_is_dropped_in_time()
    {
        await using var hosts = new TestHosts();
        var host = await hosts.StartAsync(o => o with { DialTimeout = TimeSpan.FromMilliseconds(200) });
        using var socket = await ConnectAsync(host);
        await DrainAsync(socket);
    }

    [Theory]
    [InlineData("00 00 0002 00000001 00000001")]
    [InlineData("07 00 0000 00000000 00000000")]
    [InlineData("00 01 0001 00000002 00000000")]
    [InlineData("00 00 0001 00000001 00040001")]
    [InlineData("00 02 0001 00000001 00000000")]
    public async Task A_peer_that_breaks_yamux_loses_its_connection_and_is_told_so(string hex)
    {
        await using var hosts = new TestHosts();
        var host = await hosts.StartAsync();
        var caller = KeyPair.Generate();
        using var noise = new NoiseStatic(caller, [YamuxConnection.ProtocolId]);
        var gone = TestHosts.NextAsync(host, caller.PeerId, PeerEventKind.Disconnected);
        var connected = TestHosts.NextAsync(host, caller.PeerId, PeerEventKind.Connected);
        host.ListenAddresses[0].TryGetTcpEndPoint(out var endPoint);
        await using var secure = await NoiseUpgrade.DialAsync(await TcpChannel.ConnectAsync(endPoint, Ct), noise, host.Id, Ct);
        await connected;
        var header = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        var opensUnknown = header[1] == 0 && header[3] == 2;
        if (opensUnknown)
        {
            // Data for a stream that never was is read past, not punished.
            secure.Append([.. header, 0]);
            await secure.FlushAsync(Ct);
            Assert.True(host.IsConnected(caller.PeerId));
            return;
        }
        secure.Append(header);
        await secure.FlushAsync(Ct);
        var received = new List<byte>();
        for (var piece = await secure.ReadAsync(Ct); !piece.IsEmpty; piece = await secure.ReadAsync(Ct)) received.AddRange(piece.Span);
        Assert.Contains("000300000000000000000001", Convert.ToHexStringLower([.. received]), StringComparison.Ordinal);
        Assert.IsType<PeerProtocolException>((await gone).Reason);
    }

    [Fact]
    public async Task A_reset_with_a_payload_is_read_past_and_the_connection_goes_on()
    {
        await using var hosts = new TestHosts();
        var host = await hosts.StartAsync();
        using var noise = new NoiseStatic(KeyPair.Generate(), [YamuxConnection.ProtocolId]);
        host.ListenAddresses[0].TryGetTcpEndPoint(out var endPoint);
        await using var secure = await NoiseUpgrade.DialAsync(await TcpChannel.ConnectAsync(endPoint, Ct), noise, host.Id, Ct);
        // Stream 1 is opened; data of 12 bytes carries its reset, bytes that as a header would end the session; then a ping asks for an answer.
        secure.Append(Convert.FromHexString("000100010000000100000000" + "00000008000000010000000c" + "07ffffffffffffffffffffff" + "00020001000000000000beef"));
        await secure.FlushAsync(Ct);
        var received = "";
        while (!received.Contains("00020002000000000000beef", StringComparison.Ordinal))
        {
            var piece = await secure.ReadAsync(Ct);
            Assert.False(piece.IsEmpty, $"the connection ended: {received}");
            received += Convert.ToHexStringLower(piece.Span);
        }
    }

    [Fact]
    public async Task A_changed_noise_message_ends_the_connection()
    {
        var (left, right) = MemoryPair.Open();
        using var a = new NoiseStatic(KeyPair.Generate(), [YamuxConnection.ProtocolId]);
        using var b = new NoiseStatic(KeyPair.Generate(), [YamuxConnection.ProtocolId]);
        var input = new InputBuffer(right);
        var listening = AcceptAsync();
        await using var dialer = await NoiseUpgrade.DialAsync(left, a, null, Ct);
        await using var listener = await listening;
        Assert.Equal(YamuxConnection.ProtocolId, listener.Muxer);
        dialer.Append("hello"u8);
        await dialer.FlushAsync(Ct);
        Assert.Equal("hello"u8.ToArray(), (await listener.ReadAsync(Ct)).ToArray());
        await left.SendAsync(new byte[] { 0, 21, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21 }, Ct);
        await Assert.ThrowsAsync<PeerProtocolException>(async () => await listener.ReadAsync(Ct));

        async Task<NoiseChannel> AcceptAsync()
        {
            await MultistreamSelect.ListenAsync(input, id => id == NoiseUpgrade.ProtocolId, Ct);
            return await NoiseUpgrade.ListenAsync(right, input, b, Ct);
        }
    }

    [Fact]
    public async Task A_listener_without_the_muxer_extension_negotiates_it_by_multistream()
    {
        var (left, right) = MemoryPair.Open();
        using var a = new NoiseStatic(KeyPair.Generate(), [YamuxConnection.ProtocolId]);
        using var b = new NoiseStatic(KeyPair.Generate(), []);
        var listening = ConnectionUpgrade.ListenAsync(right, [b], new YamuxOptions(), TimeProvider.System, Ct);
        var (dialed, _, _) = await ConnectionUpgrade.DialAsync(left, a, null, new YamuxOptions(), TimeProvider.System, Ct);
        var (accepted, _, _) = await listening;
        dialed.Start();
        accepted.Start();
        var stream = await dialed.OpenAsync(Ct);
        await stream.WriteAsync("hello"u8.ToArray(), Ct);
        var other = await accepted.Accepted.ReadAsync(Ct);
        var buffer = new byte[10];
        Assert.Equal(5, await other.ReadAsync(buffer, Ct));
        Assert.True(await ((YamuxConnection)dialed).PingAsync(Ct) >= TimeSpan.Zero);
        dialed.Abort(new ConnectionClosedException("end of test"));
        accepted.Abort(new ConnectionClosedException("end of test"));
    }

    [Fact]
    public async Task Two_ends_that_name_muxers_and_none_in_common_part()
    {
        var (left, right) = MemoryPair.Open();
        using var a = new NoiseStatic(KeyPair.Generate(), [YamuxConnection.ProtocolId]);
        using var b = new NoiseStatic(KeyPair.Generate(), ["/mplex/6.7.0"]);
        var listening = ConnectionUpgrade.ListenAsync(right, [b], new YamuxOptions(), TimeProvider.System, Ct);
        await Assert.ThrowsAsync<HandshakeException>(() => ConnectionUpgrade.DialAsync(left, a, null, new YamuxOptions(), TimeProvider.System, Ct));
        await Assert.ThrowsAsync<HandshakeException>(() => listening);
    }

    [Fact]
    public async Task The_first_noise_message_has_no_payload_and_so_no_extension()
    {
        using var noise = new NoiseStatic(KeyPair.Generate(), [YamuxConnection.ProtocolId]);
        var (left, right) = MemoryPair.Open();
        _ = NoiseUpgrade.DialAsync(left, noise, null, Ct);
        var first = new byte[1000];
        var length = await right.ReceiveAsync(first, Ct);
        // One packet: both lines of the negotiation, a length, and an ephemeral key of 32 bytes alone.
        Assert.Equal(MultistreamSelect.Opening(NoiseUpgrade.ProtocolId, []).Length + 2 + 32, length);
    }

    [Fact]
    public async Task A_peer_that_resets_its_socket_is_gone_at_once_and_its_streams_fail()
    {
        await using var hosts = new TestHosts();
        var host = await hosts.StartAsync();
        var caller = KeyPair.Generate();
        using var noise = new NoiseStatic(caller, [YamuxConnection.ProtocolId]);
        host.ListenAddresses[0].TryGetTcpEndPoint(out var endPoint);
        var connected = TestHosts.NextAsync(host, caller.PeerId, PeerEventKind.Connected);
        var channel = await TcpChannel.ConnectAsync(endPoint, Ct);
        await using var secure = await NoiseUpgrade.DialAsync(channel, noise, host.Id, Ct);
        await connected;
        await using var stream = await host.OpenStreamAsync(caller.PeerId, "/x", Ct);
        var opening = stream.ConfirmAsync(Ct).AsTask();
        var gone = TestHosts.NextAsync(host, caller.PeerId, PeerEventKind.Disconnected);
        channel.Abort();
        await gone;
        await Assert.ThrowsAsync<ConnectionClosedException>(() => opening);
    }

    [Fact]
    public async Task A_peer_that_never_answers_is_suspected_then_dead_and_disconnected()
    {
        await using var hosts = new TestHosts();
        var host = await hosts.StartAsync(o => o with { Heartbeat = HeartbeatOptions.ForDeadAfter(TimeSpan.FromSeconds(1)) });
        var caller = KeyPair.Generate();
        using var noise = new NoiseStatic(caller, [YamuxConnection.ProtocolId]);
        host.ListenAddresses[0].TryGetTcpEndPoint(out var endPoint);
        var suspected = TestHosts.NextAsync(host, caller.PeerId, PeerEventKind.Suspected);
        var dead = TestHosts.NextAsync(host, caller.PeerId, PeerEventKind.Dead);
        var gone = TestHosts.NextAsync(host, caller.PeerId, PeerEventKind.Disconnected);
        await using var secure = await NoiseUpgrade.DialAsync(await TcpChannel.ConnectAsync(endPoint, Ct), noise, host.Id, Ct);
        await suspected;
        await Assert.ThrowsAnyAsync<Libp2pException>(() => host.RequestAsync(caller.PeerId, "/x", new byte[1], null, Ct));
        await dead;
        await gone;
        Assert.Empty(host.Peers);
    }

    private static async Task<Socket> ConnectAsync(Libp2pHost host)
    {
        host.ListenAddresses[0].TryGetTcpEndPoint(out IPEndPoint endPoint);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(endPoint, Ct);
        return socket;
    }

    /// <summary>Ends when the other side closed.</summary>
    private static async Task DrainAsync(Socket socket)
    {
        try
        {
            while (await socket.ReceiveAsync(new byte[1000], SocketFlags.None, Ct) > 0)
            {
            }
        }
        catch (SocketException)
        {
            // A reset is an end too.
        }
    }
}
