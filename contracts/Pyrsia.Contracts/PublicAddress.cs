using System.Net;

namespace Pyrsia.Contracts;

/// <summary>Which addresses anybody on the Internet means the same machine by. All others are an operator's own network, which no stranger's request may reach.</summary>
public static class PublicAddress
{
    // IANA's special-purpose registries: https://www.iana.org/assignments/iana-ipv4-special-registry, .../iana-ipv6-special-registry
    private static readonly IPNetwork[] NotPublic =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
            "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            "::/127", "64:ff9b::/96", "100::/64", "2001:db8::/32", "fc00::/7", "fe80::/10", "ff00::/8",
        }.Select(IPNetwork.Parse),
    ];

    /// <summary>Whether an address is public: not private, loopback, link-local, multicast, reserved or for documentation.</summary>
    public static bool IsPublic(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return !Array.Exists(NotPublic, network => network.Contains(address));
    }
}
