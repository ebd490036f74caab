using System.Net;
using System.Net.NetworkInformation;

namespace Pyrsia.Libp2p;

/// <summary>The networks that this machine has an address in: what it reaches without a router.</summary>
internal static class OwnNetworks
{
    /// <summary>Asks the system; empty when it does not say.</summary>
    public static IReadOnlyList<IPNetwork> Read()
    {
        try
        {
            return [.. NetworkInterface.GetAllNetworkInterfaces()
                .Where(i => i.OperationalStatus == OperationalStatus.Up)
                .SelectMany(i => i.GetIPProperties().UnicastAddresses)
                .Select(a => Around(a.Address, a.PrefixLength))];
        }
        catch (NetworkInformationException)
        {
            return [];
        }
    }

    /// <summary>The network of so many leading bits around an address.</summary>
    internal static IPNetwork Around(IPAddress address, int prefixLength)
    {
        var bytes = address.GetAddressBytes();
        for (var bit = prefixLength; bit < bytes.Length * 8; bit++) bytes[bit / 8] = (byte)(bytes[bit / 8] & ~(0x80 >> (bit % 8)));
        return new IPNetwork(new IPAddress(bytes), prefixLength);
    }
}
