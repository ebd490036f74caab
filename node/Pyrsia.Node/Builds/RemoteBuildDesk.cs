using Pyrsia.Libp2p;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Node.Builds;

/// <summary>Hands build requests to the authorities of the network, the first that takes them.</summary>
internal sealed class RemoteBuildDesk(Libp2pHost host, NetworkFile network) : IBuildDesk
{
    public async Task<BuildReply> SubmitAsync(SignedEntry request, CancellationToken cancellationToken)
    {
        var trouble = "none is connected";
        foreach (var authority in Authorities())
        {
            try
            {
                var reply = await BuildProtocol.SubmitAsync(host, authority, request, cancellationToken);
                if (reply.Error is not null) throw new BuildException(BuildRefusal.Invalid, reply.Error);
                return reply;
            }
            catch (Exception e) when (e is IOException or TimeoutException)
            {
                trouble = e.Message;
            }
        }
        throw new BuildException(BuildRefusal.NoAuthority, $"No authority takes the request: {trouble}");
    }

    public async Task<BuildReply?> QueryAsync(RequestId request, CancellationToken cancellationToken)
    {
        foreach (var authority in Authorities())
        {
            try
            {
                if (await BuildProtocol.QueryAsync(host, authority, request, cancellationToken) is { Known: true } reply) return reply;
            }
            catch (Exception e) when (e is IOException or TimeoutException)
            {
                // The next one may know.
            }
        }
        return null;
    }

    /// <summary>The authorities, those that answer heartbeats first.</summary>
    private IEnumerable<PeerId> Authorities()
    {
        var alive = host.Peers.Where(p => p.State == PeerState.Alive).OrderBy(p => p.RoundTrip ?? TimeSpan.MaxValue).Select(p => p.Id.ToString()).ToList();
        return network.Genesis.Authorities.Select(a => a.PeerId)
            .OrderBy(id => alive.IndexOf(id) is var place && place < 0 ? int.MaxValue : place)
            .Select(PeerId.Parse);
    }
}
