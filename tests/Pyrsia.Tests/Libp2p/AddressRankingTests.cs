using System.Net;
using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

public sealed class AddressRankingTests
{
    private static readonly PeerId Peer = KeyPair.Generate().PeerId;
    private static readonly IPNetwork[] Home = [IPNetwork.Parse("192.168.7.0/24"), IPNetwork.Parse("fd12:3456::/64")];

    [Fact]
    public void What_is_near_comes_before_the_Internet_then_networks_elsewhere_and_relays_last()
    {
        Assert.Equal(
            ["192.168.7.9:1", "127.0.0.1:1", "26.1.2.3:1", "10.0.0.5:1", "relay", "relay"],
            Ordered(Relay(), Tcp("10.0.0.5:1"), Tcp("26.1.2.3:1"), Relay(), Tcp("192.168.7.9:1"), Tcp("127.0.0.1:1")));
    }

    [Fact]
    public void An_address_of_a_network_that_this_machine_is_not_in_is_not_near()
    {
        Assert.Equal(["26.1.2.3:1", "192.168.8.9:1"], Ordered(Tcp("192.168.8.9:1"), Tcp("26.1.2.3:1")));
    }

    [Fact]
    public void Of_one_place_TCP_comes_before_QUIC_and_a_WebSocket_behind_both()
    {
        Assert.Equal(["26.1.2.3:3", "26.1.2.3:2/quic", "26.1.2.3:1/ws"], Ordered(Ws("26.1.2.3:1"), Quic("26.1.2.3:2"), Tcp("26.1.2.3:3")));
        Assert.Equal(["127.0.0.1:1/ws", "26.1.2.3:3"], Ordered(Tcp("26.1.2.3:3"), Ws("127.0.0.1:1")));
    }

    [Fact]
    public void Of_one_transport_the_families_take_turns_and_IPv6_begins()
    {
        Assert.Equal(
            ["[2600::1]:1", "26.1.2.3:1", "[2600::2]:1", "26.1.2.3:2", "26.1.2.3:3"],
            Ordered(Tcp("26.1.2.3:1"), Tcp("26.1.2.3:2"), Tcp("[2600::1]:1"), Tcp("26.1.2.3:3"), Tcp("[2600::2]:1")));
    }

    [Fact]
    public void The_first_address_over_a_relay_waits_for_twice_as_long_and_no_other()
    {
        var stagger = TimeSpan.FromMilliseconds(250);
        Assert.Equal(2 * stagger, AddressRanking.HeadStart(Tcp("26.1.2.3:1"), Relay(), stagger));
        Assert.Equal(stagger, AddressRanking.HeadStart(Relay(), Relay(), stagger));
        Assert.Equal(stagger, AddressRanking.HeadStart(Tcp("26.1.2.3:1"), Tcp("26.1.2.3:2"), stagger));
    }

    [Fact]
    public void Any_targets_stay_the_same_ones_with_relays_last_and_equals_in_the_order_in_which_they_came()
    {
        string[] places = ["127.0.0.1", "192.168.7.8", "10.1.1.1", "26.1.2.3", "[::1]", "[fd12:3456::9]", "[fd99::9]", "[2600::1]"];
        for (var seed = 0; seed < 2000; seed++)
        {
            var random = new Random(seed);
            DialTarget[] targets = [.. Enumerable.Range(0, random.Next(17)).Select(port => random.Next(9) is var at && at == 8
                ? Relay(port)
                : random.Next(3) switch { 0 => Tcp($"{places[at]}:{port}"), 1 => Quic($"{places[at]}:{port}"), _ => Ws($"{places[at]}:{port}") })];
            var ordered = AddressRanking.Order(targets, Home);
            Assert.Equal(targets.ToHashSet(), ordered.ToHashSet());
            Assert.Equal(targets.Length, ordered.Count);
            Assert.Equal(ordered, AddressRanking.Order(ordered, Home));
            Assert.DoesNotContain(ordered.SkipWhile(t => t.Relay is null), t => t.Relay is null);
            foreach (var alike in targets.GroupBy(Kind)) Assert.Equal(alike, ordered.Where(t => Kind(t) == alike.Key));
        }

        static string Kind(DialTarget t) => t.Relay is not null ? "relay" : $"{t.EndPoint!.Address} {t.Quic} {t.WebSocketHost is not null}";
    }

    [Fact]
    public void The_network_around_an_address_has_its_leading_bits()
    {
        Assert.Equal(IPNetwork.Parse("192.168.7.128/25"), new IPNetwork(IPAddress.Parse("192.168.7.201"), 25));
        Assert.Equal(IPNetwork.Parse("26.1.2.3/32"), new IPNetwork(IPAddress.Parse("26.1.2.3"), 32));
        Assert.Equal(IPNetwork.Parse("0.0.0.0/0"), new IPNetwork(IPAddress.Parse("26.1.2.3"), 0));
        Assert.Equal(IPNetwork.Parse("2600:0:0:8000::/49"), new IPNetwork(IPAddress.Parse("2600:0:0:8123::1"), 49));
        Assert.Contains(OwnNetworks.Read(), network => network.Contains(IPAddress.Loopback));
    }

    private static string[] Ordered(params DialTarget[] targets) =>
        [.. AddressRanking.Order(targets, Home).Select(t => t.Relay is not null ? "relay" : $"{t.EndPoint}{(t.Quic ? "/quic" : t.WebSocketHost is not null ? "/ws" : "")}")];

    private static DialTarget Tcp(string at) => new(IPEndPoint.Parse(at), Peer);

    private static DialTarget Quic(string at) => Tcp(at) with { Quic = true };

    private static DialTarget Ws(string at) => Tcp(at) with { WebSocketHost = at };

    private static DialTarget Relay(int port = 1) => new(null, Peer, Relay: Multiaddr.Parse($"/ip4/26.9.9.9/tcp/{port}").WithPeerId(Peer));
}
