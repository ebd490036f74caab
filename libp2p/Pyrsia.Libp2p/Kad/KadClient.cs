using System.Threading.Channels;

namespace Pyrsia.Libp2p;

/// <summary>Driver of a <see cref="LookupQuery"/>: asks the peers that the query names and tells it what came back.</summary>
internal sealed class KadClient(Libp2pHost host, KadOptions options, Action<PeerId> onFailure)
{
    private readonly RequestOptions requests = new() { MaxResponseBytes = KadMessage.MaxLength, Timeout = options.QueryTimeout };

    /// <summary>Runs a lookup.</summary>
    /// <param name="query">The lookup.</param>
    /// <param name="question">Asked of every peer; its key is the target.</param>
    /// <param name="onAnswer">Sees every answer; false ends the lookup.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The closest peers that answered.</returns>
    public async Task<IReadOnlyList<KadContact>> LookupAsync(
        LookupQuery query, KadMessage question, Func<PeerId, KadMessage, bool> onAnswer, CancellationToken cancellationToken)
    {
        var encoded = question.Encode();
        using var deadline = new Deadline(options.LookupTimeout, host.Time, cancellationToken);
        var news = Channel.CreateUnbounded<Outcome>();
        try
        {
            while (!query.IsFinished)
            {
                while (query.Next() is { } next) _ = AskAsync(next, encoded, news.Writer, deadline.Token);
                var (peer, patienceEnded, answer) = await news.Reader.ReadAsync(deadline.Token).ConfigureAwait(false);
                if (patienceEnded)
                {
                    query.Stalled(peer);
                }
                else if (answer is null)
                {
                    query.Failed(peer);
                    onFailure(peer);
                }
                else
                {
                    foreach (var closer in answer.CloserPeers) Learn(closer);
                    query.Answered(peer, PrefixOf(peer), answer.CloserPeers);
                    if (!onAnswer(peer, answer)) break;
                }
            }
        }
        catch (OperationCanceledException) when (deadline.Passed)
        {
            // What is not known by now stays unknown.
        }
        finally
        {
            await deadline.CancelAsync().ConfigureAwait(false);
        }
        return query.Closest();
    }

    /// <summary>Tells a peer that we provide the keys; there is no answer. False when it could not be told.</summary>
    public async Task<bool> AnnounceAsync(PeerId peer, IReadOnlyList<Multihash> keys, CancellationToken cancellationToken)
    {
        PeerAddresses[] self = [new PeerAddresses(host.Id, host.ListenAddresses)];
        using var deadline = new Deadline(options.QueryTimeout, host.Time, cancellationToken);
        try
        {
            await using var stream = await host.OpenStreamAsync(peer, options.Protocol, deadline.Token).ConfigureAwait(false);
            foreach (var key in keys)
            {
                await stream.WriteMessageAsync(new KadMessage(KadMessageType.AddProvider, key.Bytes) { ProviderPeers = self }.Encode(), deadline.Token).ConfigureAwait(false);
                // Many records go over one stream; the time is for a peer that takes none.
                deadline.Extend(options.QueryTimeout);
            }
            await stream.CloseWriteAsync(deadline.Token).ConfigureAwait(false);
            // The peer closes its side once it has read the records, so its end of stream is the receipt.
            return await stream.ReadAsync(new byte[1], deadline.Token).ConfigureAwait(false) == 0;
        }
        catch (Exception e) when (e is IOException or TimeoutException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            onFailure(peer);
            return false;
        }
    }

    /// <summary>What others say about a peer counts for half an hour, and never about ourselves.</summary>
    public void Learn(PeerAddresses peer)
    {
        if (peer.Peer != host.Id) host.PeerStore.AddAddresses(peer.Peer, peer.Addresses, PeerStore.HearsayLifetime);
    }

    /// <summary>The network that a connected peer really is in.</summary>
    public NetworkPrefix? PrefixOf(PeerId peer) => host.FindPeer(peer) is { } info ? NetworkPrefix.Of(info.Address) : null;

    private async Task AskAsync(PeerId peer, byte[] question, ChannelWriter<Outcome> news, CancellationToken cancellationToken)
    {
        KadMessage? message = null;
        try
        {
            // A peer without addresses is not looked up from inside a lookup: that would recurse.
            if (!host.IsConnected(peer) && host.PeerStore.GetAddresses(peer).Count == 0) return;
            await using var patience = host.Time.CreateTimer(_ => news.TryWrite(new Outcome(peer, true, null)), null, options.Patience, Timeout.InfiniteTimeSpan);
            var answer = await host.RequestAsync(peer, options.Protocol, question, requests, cancellationToken).ConfigureAwait(false);
            KadMessage.TryDecode(answer, out message);
        }
        catch (Exception e) when (e is IOException or TimeoutException or OperationCanceledException or ObjectDisposedException)
        {
            // No answer.
        }
        finally
        {
            news.TryWrite(new Outcome(peer, false, message));
        }
    }

    /// <summary>What became of a question: an answer, none, or none yet.</summary>
    private readonly record struct Outcome(PeerId Peer, bool PatienceEnded, KadMessage? Answer);
}
