using System.Net;
using System.Net.Sockets;
using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

public sealed class MdnsTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch;
    private static readonly PeerId Self = KeyPair.Generate().PeerId;
    private static readonly PeerId Other = KeyPair.Generate().PeerId;
    private static readonly Multiaddr Lan = Multiaddr.Parse("/ip4/192.168.1.7/tcp/4001");

    private static MdnsSession Session(PeerId? peer = null, bool allowLoopback = false, string service = MdnsOptions.DefaultService) => new(peer ?? Self, service, "name", allowLoopback, Start);

    private static byte[] Answer(params string[] addresses) => MdnsMessage.Answer(MdnsOptions.DefaultService, "other", addresses.Select(Multiaddr.Parse));

    /// <summary>The bytes of the question, as RFC 1035 lays them out.</summary>
    [Fact]
    public void A_question_and_an_answer_have_the_bytes_of_the_specification()
    {
        const string service = "045f703270045f756470056c6f63616c00";
        Assert.Equal($"000000000001000000000000{service}000c0001", Convert.ToHexStringLower(MdnsMessage.Question(MdnsOptions.DefaultService)));
        var text = Convert.ToHexStringLower("dnsaddr=/ip4/192.168.1.7/tcp/4001"u8);
        Assert.Equal(
            $"000084000000000100000001{service}000c0001000000780016046e616d65{service}046e616d65{service}0010000100000078002221{text}",
            Convert.ToHexStringLower(MdnsMessage.Answer(MdnsOptions.DefaultService, "name", [Lan])));
    }

    [Fact]
    public void A_name_has_32_letters_of_chance()
    {
        Assert.Matches("^[0-9a-z]{32,63}$", MdnsMessage.NewName());
        Assert.NotEqual(MdnsMessage.NewName(), MdnsMessage.NewName());
    }

    [Fact]
    public void It_asks_at_once_and_then_ever_more_rarely()
    {
        var session = Session();
        var (now, asked) = (Start, new List<double>());
        while (now < Start + TimeSpan.FromMinutes(5))
        {
            Assert.NotNull(session.Next(now, []));
            Assert.Null(session.Next(now, []));
            asked.Add((now - Start).TotalSeconds);
            now = session.Due;
        }
        Assert.Equal([0, 1, 3, 7, 15, 31, 63, 123, 183, 243], asked);
    }

    [Fact]
    public void Whoever_asks_is_answered_to_all_and_at_most_once_a_second()
    {
        var session = Session();
        session.Next(Start, []);
        Assert.Null(session.Receive(MdnsMessage.Question("_P2P._udp.LOCAL")));
        Assert.Equal(Start, session.Due);
        var answer = session.Next(Start, [Lan, Multiaddr.Parse("/ip4/127.0.0.1/tcp/1"), Multiaddr.Parse("/ip6/fe80::1/tcp/1"), Multiaddr.Parse($"/ip4/1.2.3.4/tcp/1/p2p/{Other}/p2p-circuit"), Multiaddr.Parse("/dns4/a.example/tcp/1")]);
        var found = Session(Other).Receive(answer)!;
        Assert.Equal((Self, Lan), (found.Peer, Assert.Single(found.Addresses)));
        session.Receive(MdnsMessage.Question(MdnsOptions.DefaultService));
        Assert.Null(session.Next(Start + TimeSpan.FromMilliseconds(999), [Lan]));
        Assert.Equal(Start + MdnsSession.AnswerGap, session.Due);
        Assert.Equal(answer, session.Next(session.Due, [Lan]));
        Assert.Null(Session().Receive(MdnsMessage.Question("_other._udp.local")));
    }

    [Fact]
    public void Of_an_answer_the_addresses_of_one_peer_count_that_mean_the_same_to_all()
    {
        var found = Session().Receive(Answer(
            $"/ip4/127.0.0.1/tcp/1/p2p/{Other}", "/ip4/192.168.1.8/tcp/1", $"/dns4/a.example/tcp/1/p2p/{Other}", $"{Lan}/p2p/{Other}", $"/ip4/192.168.1.9/tcp/1/ws/p2p/{Other}", $"/ip4/192.168.1.9/tcp/2/p2p/{KeyPair.Generate().PeerId}"))!;
        Assert.Equal(Other, found.Peer);
        Assert.Equal([Lan.ToString(), "/ip4/192.168.1.9/tcp/1/ws"], found.Addresses.Select(a => a.ToString()));
        Assert.NotNull(Session(allowLoopback: true).Receive(Answer($"/ip4/127.0.0.1/tcp/1/p2p/{Other}")));
        Assert.Null(Session().Receive(Answer($"/ip4/127.0.0.1/tcp/1/p2p/{Other}")));
        Assert.Null(Session().Receive(Answer($"{Lan}/p2p/{Self}")));
        Assert.Null(Session(service: "_p2p-x._udp.local").Receive(Answer($"{Lan}/p2p/{Other}")));
        Assert.Equal(MdnsSession.MaxAddresses, Session().Receive(Answer([.. Enumerable.Range(1, 20).Select(i => $"/ip4/10.0.0.{i}/tcp/1/p2p/{Other}")]))!.Addresses.Count);
    }

    [Fact]
    public void An_answer_fits_into_one_frame_and_leaves_out_what_is_too_long_for_a_text()
    {
        var answer = Answer([$"/dns4/{new string('a', 60)}.{new string('b', 60)}.{new string('c', 60)}.example/tcp/4001/p2p/{Other}", .. Enumerable.Range(1, 200).Select(i => $"/ip4/10.0.0.{i}/tcp/1/p2p/{Other}")]);
        Assert.InRange(answer.Length, 1300, MdnsMessage.MaxAnswerLength);
        Assert.True(MdnsMessage.TryDecode(answer, out var message));
        Assert.All(message.Texts, t => Assert.StartsWith("dnsaddr=/ip4/10.0.0.", t.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Hosts_of_one_network_find_each_other_and_a_host_of_another_private_network_finds_nobody()
    {
        await using var hosts = new TestHosts();
        var options = new MdnsOptions { Port = FreePort(), AllowLoopback = true };
        var key = PreSharedKey.Generate();
        var (a, b) = (await hosts.StartAsync(o => o with { PrivateNetwork = key }), await hosts.StartAsync(o => o with { PrivateNetwork = key }));
        var apart = await hosts.StartAsync(o => o with { PrivateNetwork = PreSharedKey.Generate() });
        var met = Task.WhenAll(TestHosts.NextAsync(a, b.Id, PeerEventKind.Connected), TestHosts.NextAsync(b, a.Id, PeerEventKind.Connected));
        await using var first = new MdnsDiscovery(a, options);
        await using var third = new MdnsDiscovery(apart, options);
        await using var second = new MdnsDiscovery(b, options);
        await met;
        Assert.Empty(apart.PeerStore.Peers);
    }

    private static int FreePort()
    {
        using var socket = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.Client.LocalEndPoint!).Port;
    }
}
