using System.Net;
using Pyrsia.Libp2p;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

public sealed class PlaintextTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static Libp2pHostOptions Plain(Libp2pHostOptions options) => options with { PlaintextForTests = true };

    /// <summary>The example of an Ed25519 key in the specification of peer ids, and the message that its owner would send.</summary>
    [Fact]
    public void The_message_is_the_specification_s()
    {
        var key = Convert.FromHexString("080112201ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e");
        Assert.True(Libp2pPublicKey.TryDecode(key, out var decoded));
        byte[] expected = [0x0a, 38, 0x00, 36, .. key, 0x12, 36, .. key];
        Assert.Equal(expected, new PlaintextExchange(decoded).Encode());
        Assert.True(PlaintextExchange.TryDecode(expected, out var exchange));
        Assert.Equal(decoded, exchange.Key);
        Assert.True(PlaintextExchange.TryDecode([.. expected, 0x1a, 1, 7], out _), "a field that nobody knows is passed over");
    }

    public static TheoryData<KeyType> KeyTypes => [.. Enum.GetValues<KeyType>()];

    [Theory]
    [MemberData(nameof(KeyTypes))]
    public void Keys_of_every_kind_are_said_and_understood(KeyType type)
    {
        var (key, _) = HostKeys.Make(type);
        Assert.True(PlaintextExchange.TryDecode(new PlaintextExchange(key).Encode(), out var exchange));
        Assert.Equal(key, exchange.Key);
    }

    [Fact]
    public void What_lacks_the_key_or_the_id_or_has_another_s_id_is_refused()
    {
        var (one, other) = (KeyPair.Generate(), KeyPair.Generate());
        byte[] id = [0x0a, 38, .. one.PeerId.Bytes.Span], key = [0x12, 36, .. one.PublicKey.Encode()];
        Assert.True(PlaintextExchange.TryDecode([.. id, .. key], out _));
        foreach (var (what, bytes) in new (string, byte[])[]
        {
            ("nothing", []), ("no key", id), ("no id", key), ("another's id", [0x0a, 38, .. other.PeerId.Bytes.Span, .. key]), ("another's key", [.. id, 0x12, 36, .. other.PublicKey.Encode()]),
            ("an id that is none", [0x0a, 2, 1, 2, .. key]), ("a key of no known type", [.. id, 0x12, 36, 8, 9, .. one.PublicKey.Encode()[2..]]),
            ("cut short", [.. id, .. key[..^1]]), ("not protobuf", [0xff, 0xff]), ("longer than any", [.. id, .. key, 0x1a, 0xff, 0x0f, .. new byte[PlaintextExchange.MaxLength]]),
        })
        {
            Assert.False(PlaintextExchange.TryDecode(bytes, out _), what);
        }
    }

    public static TheoryData<string, byte[]> Wrong => new()
    {
        { "announced", [0xff, 0x7f] }, { "malformed length", [0x80, 0x00] }, { "malformed, or its id", [3, 1, 2, 3] },
        { "malformed, or its id", [78, 0x0a, 38, .. KeyPair.Generate().PeerId.Bytes.Span, 0x12, 36, .. KeyPair.Generate().PublicKey.Encode()] },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task A_dialer_that_says_wrong_things_of_itself_is_refused(string reason, byte[] said)
    {
        var (near, far) = MemoryPair.Open();
        await far.SendAsync(said, Ct);
        using var plaintext = new PlaintextUpgrade(KeyPair.Generate());
        using var input = new InputBuffer(near);
        var e = await Assert.ThrowsAsync<HandshakeException>(() => plaintext.ListenAsync(near, input, Ct));
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_hosts_in_the_clear_say_who_they_are_and_carry_every_byte()
    {
        await using var hosts = new TestHosts();
        var (a, b) = await hosts.ConnectedPairAsync(Plain);
        Assert.Equal(("/plaintext/2.0.0", "/plaintext/2.0.0"), (a.FindPeer(b.Id)!.Security, b.FindPeer(a.Id)!.Security));
        Echo.Serve(b);
        await Echo.SendAsync(a, b.Id, 1_000_000, 30_000, Ct);
        var stranger = await hosts.StartSilentAsync(Plain);
        await Assert.ThrowsAsync<PeerIdMismatchException>(() => stranger.ConnectAsync(b.ListenAddresses[0].WithPeerId(a.Id), Ct));
    }

    [Fact]
    public async Task A_host_that_was_not_asked_to_speaks_no_plaintext()
    {
        await using var hosts = new TestHosts();
        var (usual, plain) = (await hosts.StartAsync(), await hosts.StartAsync(Plain));
        await Assert.ThrowsAsync<ProtocolNotSupportedException>(() => plain.ConnectAsync(TestHosts.AddressOf(usual), Ct));
        await Assert.ThrowsAsync<ProtocolNotSupportedException>(() => usual.ConnectAsync(TestHosts.AddressOf(plain), Ct));
    }

    [Theory]
    [InlineData("/ip4/0.0.0.0/tcp/0")]
    [InlineData("/ip6/::/tcp/0")]
    [InlineData("/ip4/192.168.1.7/tcp/0/ws")]
    [InlineData("/ip4/0.0.0.0/udp/0/quic-v1")]
    public async Task A_host_that_speaks_plaintext_listens_on_no_network_and_says_why(string address)
    {
        await using var hosts = new TestHosts();
        var host = await hosts.StartSilentAsync(Plain);
        var e = await Assert.ThrowsAsync<ArgumentException>(() => host.ListenAsync(Multiaddr.Parse(address), Ct));
        Assert.Contains("speaks plaintext, which neither encrypts nor proves who is there, and so keeps to loopback addresses and memory", e.Message, StringComparison.Ordinal);
        Assert.Empty(host.ListenAddresses);
    }

    [Fact]
    public async Task Nor_does_it_dial_into_a_network_directly_or_over_a_relay_or_serve_a_caller_from_one()
    {
        await using var hosts = new TestHosts();
        var host = await hosts.StartSilentAsync(Plain);
        await Assert.ThrowsAsync<DialRefusedException>(() => host.ConnectAsync(Multiaddr.Parse("/ip4/192.0.2.1/tcp/4001"), Ct));
        var relay = Multiaddr.Parse($"/ip4/192.0.2.1/tcp/4001/p2p/{KeyPair.Generate().PeerId}/p2p-circuit");
        var over = await Record.ExceptionAsync(() => host.ConnectAsync(relay.WithPeerId(KeyPair.Generate().PeerId), Ct));
        Assert.Contains("speaks plaintext", over!.Message, StringComparison.Ordinal);
        var (server, client) = await WebSocketPair.OpenAsync(Ct);
        var e = await Assert.ThrowsAsync<PeerRefusedException>(() => host.ServeAsync(server, new IPEndPoint(IPAddress.Loopback, 1), IPEndPoint.Parse("26.1.2.3:4001"), Ct));
        Assert.Contains("speaks plaintext", e.Message, StringComparison.Ordinal);
        client.Dispose();
    }
}
