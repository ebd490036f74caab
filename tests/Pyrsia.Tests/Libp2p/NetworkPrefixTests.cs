using System.Net;
using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

public sealed class NetworkPrefixTests
{
    [Theory]
    [InlineData("/ip4/26.51.100.7/tcp/1", "/ip4/26.51.0.1/tcp/2", true)]
    [InlineData("/ip4/26.51.100.7/tcp/1", "/ip4/26.52.100.7/tcp/1", false)]
    [InlineData("/ip6/2a00:db8:1::1/tcp/1", "/ip6/2a00:db8:ffff::2/tcp/1", true)]
    [InlineData("/ip6/2a00:db8::1/tcp/1", "/ip6/2a00:db9::1/tcp/1", false)]
    public void Addresses_of_one_owner_are_one_network(string one, string other, bool same) =>
        Assert.Equal(same, NetworkPrefix.Of(Multiaddr.Parse(one))!.Value == NetworkPrefix.Of(Multiaddr.Parse(other))!.Value);

    [Theory]
    [InlineData("26.51.100.7", "26.51.100.8", true)]
    [InlineData("26.51.100.7", "26.51.101.7", false)]
    [InlineData("2a00:db8:0:1ff::1", "2a00:db8:0:100::1", true)]
    [InlineData("2a00:db8:0:1ff::1", "2a00:db8:0:200::1", false)]
    public void Addresses_of_one_site_are_24_or_56_bits(string one, string other, bool same) =>
        Assert.Equal(same, NetworkPrefix.Of(IPAddress.Parse(one), PrefixScale.Site) == NetworkPrefix.Of(IPAddress.Parse(other), PrefixScale.Site));

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1", true)]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", true)]
    [InlineData("192.0.2.1", "192.0.2.2", false)]
    [InlineData("2001:db8::1", "2001:db8::2", true)]
    [InlineData("2001:db8::1", "2001:db8:0:1::1", false)]
    [InlineData("0.0.0.1", "::1", false)]
    public void A_machine_has_an_IPv4_address_or_half_an_IPv6_address(string one, string other, bool same) =>
        Assert.Equal(same, NetworkPrefix.Around(IPAddress.Parse(one), PrefixScale.Machine) == NetworkPrefix.Around(IPAddress.Parse(other), PrefixScale.Machine));

    [Theory]
    [InlineData("/ip4/127.0.0.1/tcp/1")]
    [InlineData("/ip4/10.1.2.3/tcp/1")]
    [InlineData("/ip4/172.31.0.1/tcp/1")]
    [InlineData("/ip4/192.168.1.1/tcp/1")]
    [InlineData("/ip4/169.254.1.1/tcp/1")]
    [InlineData("/ip4/100.64.0.1/tcp/1")]
    [InlineData("/ip4/198.51.100.7/tcp/1")]
    [InlineData("/ip6/::1/tcp/1")]
    [InlineData("/ip6/fd00::1/tcp/1")]
    [InlineData("/ip6/fe80::1/tcp/1")]
    [InlineData("/ip6/2001:db8::1/tcp/1")]
    [InlineData("/dns4/example.org/tcp/1")]
    public void What_is_not_of_the_Internet_is_no_network(string address) => Assert.Null(NetworkPrefix.Of(Multiaddr.Parse(address)));
}
