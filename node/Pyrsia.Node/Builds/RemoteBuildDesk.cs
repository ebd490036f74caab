using Pyrsia.Contracts.NodeApi;
using Pyrsia.Libp2p;
using Pyrsia.Node.Log;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Node.Builds;

/// <summary>Hands build requests to the authorities of the network, the first that takes them.</summary>
internal sealed class RemoteBuildDesk(Libp2pHost host, NetworkFile network, LogMirror mirror) : IBuildDesk
{
    public async Task<BuildReply> SubmitAsync(SignedEntry entry, CancellationToken cancellationToken)
    {
        var trouble = "none is connected";
        BuildException? refused = null;
        foreach (var authority in Authorities())
        {
            try
            {
                var reply = await BuildProtocol.SubmitAsync(host, authority, entry, cancellationToken);
                if (reply.Error is null) return reply;
                refused = new BuildException(BuildRefusals.Parse(reply.Refusal), reply.Error);
                // What one operator does not let in, or one authority has enough of, another may take.
                if (refused.Refusal is not (BuildRefusal.NotAllowed or BuildRefusal.TooMany)) throw refused;
            }
            catch (Exception e) when (e is IOException or TimeoutException)
            {
                trouble = e.Message;
            }
        }
        throw refused ?? new BuildException(BuildRefusal.NoAuthority, $"No authority takes the request: {trouble}");
    }

    public async Task<BuildReply?> QueryAsync(RequestId request, CancellationToken cancellationToken)
    {
        foreach (var authority in Authorities())
        {
            try
            {
                if (await BuildProtocol.QueryAsync(host, authority, request, cancellationToken) is not { Known: true } reply) continue;
                // The verdict stands in the log, and who asked need not wait for the mirror's next round.
                if (reply.Phase == BuildReply.Closed) await mirror.FollowOnceAsync(cancellationToken);
                return reply;
            }
            catch (Exception e) when (e is IOException or TimeoutException)
            {
                // The next one may know.
            }
        }
        return null;
    }

    public async Task<BuildLogPiece?> ReadLogAsync(RequestId request, string? authority, long offset, CancellationToken cancellationToken)
    {
        var named = authority is null ? null : network.Genesis.Authorities.FirstOrDefault(a => a.Name == authority)?.PeerId;
        foreach (var peer in Authorities().Where(a => authority is null || a.ToString() == named))
        {
            try
            {
                // An answer with more than was agreed would be kept in memory for the client.
                if (await BuildProtocol.ReadLogAsync(host, peer, request, offset, cancellationToken) is { Log: { Bytes.Length: <= BuildLogPiece.MaxBytes } piece }) return piece;
            }
            catch (Exception e) when (e is IOException or TimeoutException)
            {
                // The next one may have it.
            }
        }
        return null;
    }

    public async Task<IReadOnlyList<BuildOffer>> OffersAsync(CancellationToken cancellationToken)
    {
        var replies = await Task.WhenAll(Authorities().Select(authority => AskOfferAsync(authority, cancellationToken)));
        return [.. replies.OfType<BuildOffer>()];
    }

    public Task CatchUpAsync(CancellationToken cancellationToken) => mirror.FollowOnceAsync(cancellationToken);

    private async Task<BuildOffer?> AskOfferAsync(PeerId authority, CancellationToken cancellationToken)
    {
        try
        {
            return (await BuildProtocol.OfferAsync(host, authority, cancellationToken)).Offer;
        }
        catch (Exception e) when (e is IOException or TimeoutException)
        {
            return null;
        }
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
