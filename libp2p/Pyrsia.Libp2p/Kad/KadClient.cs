namespace Pyrsia.Libp2p;

/// <summary>Driver of a <see cref="LookupQuery"/>: asks the peers that the query names and tells it what came back.</summary>
internal sealed class KadClient(Libp2pHost host, KadOptions options, Action<PeerId> onFailure)
{
    private readonly RequestOptions requests = new() { MaxResponseBytes = KadMessage.MaxLength, Timeout = options.QueryTimeout };

    /// <summary>Runs a lookup.</summary>
    /// <param name="start">Where to begin.</param>
    /// <param name="question">Asked of every peer; its key is the target.</param>
    /// <param name="onAnswer">Sees every answer; false ends the lookup.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The closest peers that answered.</returns>
    public async Task<IReadOnlyList<PeerId>> LookupAsync(
        IReadOnlyList<PeerId> start, KadMessage question, Func<PeerId, KadMessage, bool> onAnswer, CancellationToken cancellationToken)
    {
        var query = new LookupQuery(KadKey.Of(question.Key.Span), host.Id, start, options.Concurrency, options.BucketSize);
        var encoded = question.Encode();
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = new List<Task<(PeerId Peer, KadMessage? Answer)>>();
        try
        {
            while (true)
            {
                while (query.Next() is { } next) running.Add(AskAsync(next, encoded, enough.Token));
                if (running.Count == 0) return query.Closest();
                var done = await Task.WhenAny(running).ConfigureAwait(false);
                running.Remove(done);
                var (peer, answer) = await done.ConfigureAwait(false);
                if (answer is null)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    query.Failed(peer);
                    onFailure(peer);
                    continue;
                }
                foreach (var closer in answer.CloserPeers) Learn(closer);
                query.Answered(peer, answer.CloserPeers.Select(p => p.Peer));
                if (!onAnswer(peer, answer)) return query.Closest();
            }
        }
        finally
        {
            await enough.CancelAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Tells a peer that we provide the key; there is no answer. False when it could not be told.</summary>
    public async Task<bool> AnnounceAsync(PeerId peer, Multihash key, CancellationToken cancellationToken)
    {
        var message = new KadMessage(KadMessageType.AddProvider, key.Bytes) { ProviderPeers = [new PeerAddresses(host.Id, host.ListenAddresses)] };
        using var timeout = new CancellationTokenSource(options.QueryTimeout, host.Time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            await using var stream = await host.OpenStreamAsync(peer, options.Protocol, linked.Token).ConfigureAwait(false);
            await stream.WriteMessageAsync(message.Encode(), linked.Token).ConfigureAwait(false);
            await stream.CloseWriteAsync(linked.Token).ConfigureAwait(false);
            // The peer closes its side once it has read the record, so its end of stream is the receipt.
            return await stream.ReadAsync(new byte[1], linked.Token).ConfigureAwait(false) == 0;
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

    private async Task<(PeerId Peer, KadMessage? Answer)> AskAsync(PeerId peer, byte[] question, CancellationToken cancellationToken)
    {
        // A peer without addresses is not looked up from inside a lookup: that would recurse.
        if (!host.IsConnected(peer) && host.PeerStore.GetAddresses(peer).Count == 0) return (peer, null);
        try
        {
            var answer = await host.RequestAsync(peer, options.Protocol, question, requests, cancellationToken).ConfigureAwait(false);
            return (peer, KadMessage.TryDecode(answer, out var message) ? message : null);
        }
        catch (Exception e) when (e is IOException or TimeoutException or OperationCanceledException or ObjectDisposedException)
        {
            return (peer, null);
        }
    }
}
