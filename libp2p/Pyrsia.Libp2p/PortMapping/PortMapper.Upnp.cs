using System.Net;

namespace Pyrsia.Libp2p;

public sealed partial class PortMapper
{
    /// <summary>Between two requests for the same mappings. They do not say whether the gateway still had them: so late one that restarted has them again.</summary>
    private static readonly TimeSpan UpnpRenewal = TimeSpan.FromMinutes(15);

    /// <summary>Works by UPnP with one gateway until it does not answer any more or the host ends.</summary>
    private async Task AskByUpnpAsync(IPEndPoint gateway, CancellationToken cancellationToken)
    {
        using var upnp = await UpnpGateway.FindAsync(gateway, host.Time, cancellationToken).ConfigureAwait(false);
        if (upnp is null) return;
        var held = new Dictionary<ushort, ushort>();
        try
        {
            while (true)
            {
                var listened = News();
                if (await upnp.AddressAsync(cancellationToken).ConfigureAwait(false) is not { } address) return;
                await KeepAsync(upnp, held, cancellationToken).ConfigureAwait(false);
                Publish(address.Equals(IPAddress.Any) ? [] : [.. held.Select(h => new MappedPort(h.Key, new IPEndPoint(address, h.Value)))]);
                await RestAsync(UpnpRenewal, listened, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            Publish([]);
            await ReleaseAsync(upnp, held.Values).ConfigureAwait(false);
        }
    }

    private async Task KeepAsync(UpnpGateway upnp, Dictionary<ushort, ushort> held, CancellationToken cancellationToken)
    {
        var ports = host.MappablePorts(options.All);
        foreach (var (port, external) in held.Where(h => !ports.Contains(h.Key)).ToArray())
        {
            held.Remove(port);
            await upnp.UnmapAsync(external, cancellationToken).ConfigureAwait(false);
        }
        foreach (var port in ports.Take(NatPmpSession.MaxPorts))
        {
            // Held before it is asked for: when the end comes meanwhile it is given back.
            held.TryAdd(port, port);
            if (await upnp.MapAsync(port, held[port], host.NextDouble, cancellationToken).ConfigureAwait(false) is { } external) held[port] = external;
            else held.Remove(port);
        }
    }

    private async Task ReleaseAsync(UpnpGateway upnp, IEnumerable<ushort> ports)
    {
        using var deadline = new Deadline(options.ReleaseTimeout, host.Time, CancellationToken.None);
        try
        {
            foreach (var port in ports) await upnp.UnmapAsync(port, deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The router is gone; the mapping ends by itself.
        }
    }
}
