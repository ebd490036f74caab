using System.Net;
using System.Net.Sockets;

namespace Pyrsia.Libp2p;

/// <summary>Which IP addresses can be reached from anywhere. https://www.iana.org/assignments/iana-ipv4-special-registry and its sister for IPv6</summary>
internal static class AddressScope
{
    private static readonly IPNetwork[] NotGlobal =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
        }.Select(IPNetwork.Parse),
    ];

    /// <summary>Of IPv6 only this is given to hosts in the Internet.</summary>
    private static readonly IPNetwork Unicast = IPNetwork.Parse("2000::/3");

    /// <summary>Documentation, and addresses that hold an IPv4 address (Teredo, 6to4), which would be a way around the list for that.</summary>
    private static readonly IPNetwork[] UnicastNotGlobal = [.. new[] { "2001:db8::/32", "3fff::/20", "2001::/23", "2002::/16" }.Select(IPNetwork.Parse)];

    /// <summary>True for an address of the Internet; false for private, loopback, link-local and reserved ones.</summary>
    public static bool IsPublic(IPAddress address)
    {
        var ip = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return ip.AddressFamily == AddressFamily.InterNetwork
            ? !NotGlobal.Any(n => n.Contains(ip))
            : Unicast.Contains(ip) && !UnicastNotGlobal.Any(n => n.Contains(ip));
    }
}
