using System.Net;
using System.Net.Sockets;

namespace Pyrsia.Libp2p;

public sealed partial class Libp2pHost
{
    /// <summary>Finds the endpoints of addresses; names are looked up, and what leads nowhere is added to the failures.</summary>
    private async Task<List<DialTarget>> ResolveAsync(IReadOnlyList<Multiaddr> addresses, PeerId? expected, List<Exception> failures, CancellationToken cancellationToken)
    {
        var result = new List<DialTarget>();
        foreach (var address in addresses.Take(options.MaxDialAddresses))
        {
            if (!address.TryGetDnsaddrName(out var name))
            {
                await ResolveAsync(address, expected, result, failures, cancellationToken).ConfigureAwait(false);
                continue;
            }
            var named = expected is { } peer ? address.WithPeerId(peer) : address;
            try
            {
                // Each record names its own peer. A list of bootstrap peers often names this host too.
                var found = await dnsaddr.ResolveAsync(named, cancellationToken).ConfigureAwait(false);
                foreach (var further in found.Where(f => f.PeerId != Id)) await ResolveAsync(further, further.PeerId, result, failures, cancellationToken).ConfigureAwait(false);
                if (found.Count == 0) failures.Add(new DialFailedException($"The TXT records of _dnsaddr.{name} name no address{(expected is null ? "" : $" of {expected}")}."));
            }
            catch (DialFailedException e)
            {
                failures.Add(e);
            }
        }
        return [.. result.Distinct().Take(options.MaxDialAddresses)];
    }

    private async Task ResolveAsync(Multiaddr address, PeerId? expected, List<DialTarget> result, List<Exception> failures, CancellationToken cancellationToken)
    {
        if (address.TryGetCircuit(out var relayAddress, out var target))
        {
            if ((expected ?? target) is { } end && relayAddress.PeerId != end && relayAddress.PeerId is { } via && via != Id) result.Add(new DialTarget(null, end, Relay: relayAddress));
            else failures.Add(new DialFailedException($"{address} names no relay and target that differ."));
            return;
        }
        if (address.TryGetQuicEndPoint(out var udp))
        {
            if (QuicMissing is not null) failures.Add(NoQuic());
            else result.Add(new DialTarget(udp, expected, Quic: true));
            return;
        }
        if (options.Memory is not null && address.TryGetMemory(out var number))
        {
            result.Add(new DialTarget(null, expected, Memory: number));
            return;
        }
        var transport = address.WithoutWebSocket(out var webSocket);
        if (transport.TryGetTcpEndPoint(out var endPoint))
        {
            result.Add(new DialTarget(endPoint, expected, webSocket ? endPoint.ToString() : null));
            return;
        }
        if (!transport.TryGetName(out var host, out var family, out var port, out var quicByName) || (quicByName && webSocket))
        {
            failures.Add(new DialFailedException($"{address} names no transport that this host has."));
            return;
        }
        if (quicByName && QuicMissing is not null)
        {
            failures.Add(NoQuic());
            return;
        }
        try
        {
            var kind = family switch { 4 => AddressFamily.InterNetwork, 6 => AddressFamily.InterNetworkV6, _ => AddressFamily.Unspecified };
            foreach (var ip in await Dns.GetHostAddressesAsync(host, kind, cancellationToken).ConfigureAwait(false))
                result.Add(new DialTarget(new IPEndPoint(ip, port), expected, webSocket ? $"{host}:{port}" : null, Quic: quicByName));
        }
        catch (SocketException e)
        {
            failures.Add(new DialFailedException($"The name {host} cannot be resolved.", e));
        }
    }
}
