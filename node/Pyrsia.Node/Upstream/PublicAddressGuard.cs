using System.Net;
using System.Net.Sockets;
using Pyrsia.Contracts;

namespace Pyrsia.Node.Upstream;

/// <summary>
/// Keeps requests that strangers cause away from the operator's own network: only https, and only addresses that are
/// public, checked on the address that is connected to, so that a name that changes its answer gains nothing.
/// </summary>
public sealed class PublicAddressGuard(bool allowPrivateNetworks)
{
    /// <summary>Refuses an address by its form, before anything is sent.</summary>
    /// <exception cref="UpstreamException">The scheme is not https, or the address carries credentials.</exception>
    public void Check(Uri address)
    {
        if (address.UserInfo.Length > 0) throw new UpstreamException(UpstreamFailure.Forbidden, $"{address.Host}: an upstream address must not carry credentials.");
        if (address.Scheme == Uri.UriSchemeHttps || (allowPrivateNetworks && address.Scheme == Uri.UriSchemeHttp)) return;
        throw new UpstreamException(UpstreamFailure.Forbidden, $"{address.GetLeftPart(UriPartial.Path)}: only https is allowed outside a test network.");
    }

    /// <summary>Connects to the first allowed address of a host.</summary>
    /// <exception cref="UpstreamException">Every address of the host is private, loopback or link-local.</exception>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var addresses = await Dns.GetHostAddressesAsync(context.DnsEndPoint.Host, cancellationToken);
        var allowed = Array.FindAll(addresses, address => allowPrivateNetworks || PublicAddress.IsPublic(address));
        if (allowed.Length == 0)
            throw new UpstreamException(UpstreamFailure.Forbidden, $"{context.DnsEndPoint.Host} has no public address; private, loopback and link-local addresses are refused outside a test network.");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, context.DnsEndPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
