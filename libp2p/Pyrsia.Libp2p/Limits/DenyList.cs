using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace Pyrsia.Libp2p;

/// <summary>A gate that keeps out peers and networks for as long as the host lives, in both directions. Over a relay only the peer counts.</summary>
public sealed class DenyList : IConnectionGate
{
    private readonly HashSet<PeerId> peers = [];
    private readonly List<IPNetwork> networks = [];

    private DenyList()
    {
    }

    /// <summary>Reads a list of peer ids, IP addresses and networks (<c>192.0.2.0/24</c>).</summary>
    /// <param name="entries">The entries.</param>
    /// <param name="list">The list.</param>
    /// <param name="wrong">The first entry that is none of the three.</param>
    public static bool TryParse(IEnumerable<string> entries, [NotNullWhen(true)] out DenyList? list, [NotNullWhen(false)] out string? wrong)
    {
        ArgumentNullException.ThrowIfNull(entries);
        (list, wrong) = (null, null);
        var read = new DenyList();
        foreach (var entry in entries)
        {
            if (IPNetwork.TryParse(entry, out var network)) read.networks.Add(network);
            else if (IPAddress.TryParse(entry, out var address)) read.networks.Add(new IPNetwork(address, address.GetAddressBytes().Length * 8));
            else if (PeerId.TryParse(entry, out var peer)) read.peers.Add(peer);
            else
            {
                wrong = entry;
                return false;
            }
        }
        list = read;
        return true;
    }

    /// <inheritdoc/>
    public string? RefuseDial(Multiaddr address, PeerId? peer) => peer is { } named && peers.Contains(named) ? Reason(named) : RefuseCaller(address);

    /// <inheritdoc/>
    public string? RefuseCaller(Multiaddr address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.IsRelayed || !address.StandsOnIp) return null;
        var ip = address.FirstIp;
        if (ip.IsIPv4MappedToIPv6) ip = ip.MapToIPv4();
        return networks.Any(network => network.Contains(ip)) ? $"{ip} is on the deny list" : null;
    }

    /// <inheritdoc/>
    public string? RefusePeer(PeerId peer, Multiaddr address, bool inbound) => peers.Contains(peer) ? Reason(peer) : RefuseCaller(address);

    private static string Reason(PeerId peer) => $"{peer} is on the deny list";
}
