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
                .Select(a => new IPNetwork(a.Address, a.PrefixLength))];
        }
        catch (NetworkInformationException)
        {
            return [];
        }
    }
}
