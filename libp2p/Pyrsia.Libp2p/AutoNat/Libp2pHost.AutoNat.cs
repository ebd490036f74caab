using System.Net;

namespace Pyrsia.Libp2p;

/// <summary>What AutoNAT needs of a host.</summary>
public sealed partial class Libp2pHost
{
    private IReadOnlyList<Multiaddr> confirmed = [];

    /// <summary>Addresses that this host may have for others: those that it was told to announce, or else those that a gateway maps, those that it listens on and where peers see it.</summary>
    internal IReadOnlyList<Multiaddr> CandidateAddresses
    {
        get
        {
            lock (gate)
            {
                return options.AnnounceAddresses.Count > 0
                    ? options.AnnounceAddresses
                    : [.. MappedAddresses.Concat(listeners.SelectMany(l => ListenAddressExpansion.Expand(l.Address))).Concat(ObservedAddresses()).Distinct()];
            }
        }
    }

    /// <summary>Connected peers that are reached without a relay, with what they serve.</summary>
    internal IReadOnlyList<PeerInfo> DirectPeers
    {
        get
        {
            lock (gate) return [.. connections.Values.Select(list => list.FirstOrDefault(c => !c.Address.IsRelayed && c.Muxed.Failure is null)).OfType<PeerConnection>().Select(Describe)];
        }
    }

    /// <summary>Announces addresses that were reached from outside beside those that are listened on.</summary>
    internal void Confirm(IReadOnlyList<Multiaddr> addresses)
    {
        bool changed;
        lock (gate)
        {
            changed = !confirmed.SequenceEqual(addresses);
            confirmed = addresses;
        }
        if (changed) PushIdentify();
    }

    /// <summary>Dials a peer beside the connections that there may be, and does not keep it among them.</summary>
    internal async Task<PeerConnection> DialApartAsync(DialTarget target, CancellationToken cancellationToken)
    {
        var connection = await TryTargetAsync(target with { Apart = true }, cancellationToken).ConfigureAwait(false);
        connection.Muxed.Start();
        return connection;
    }

    /// <summary>Where dialed peers see this host: the very endpoint where the dial left from a listener, and the IP address with the ports that it listens on, as a forwarded port mostly keeps its number.
    /// Called under the lock.</summary>
    private IEnumerable<Multiaddr> ObservedAddresses()
    {
        foreach (var connection in connections.Values.SelectMany(list => list).Where(c => !c.IsInbound && !c.Address.IsRelayed))
        {
            if (connection.Identity?.ObservedAddress is not { } observed || !observed.TryGetTcpEndPoint(out var endPoint)) continue;
            if (connection.LeftFromListener) yield return observed.WithoutPeerId();
            foreach (var (_, address) in listeners)
            {
                var transport = address.WithoutWebSocket(out var webSocket);
                if (!transport.TryGetTcpEndPoint(out var bound) || bound.AddressFamily != endPoint.AddressFamily) continue;
                var guess = Multiaddr.FromEndPoint(new IPEndPoint(endPoint.Address, bound.Port));
                yield return webSocket ? guess.WithWebSocket() : guess;
            }
        }
    }
}
