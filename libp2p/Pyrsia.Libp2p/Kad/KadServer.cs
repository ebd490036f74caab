namespace Pyrsia.Libp2p;

/// <summary>Answers the questions of other peers. Values (PUT_VALUE, GET_VALUE) are refused by a reset: this DHT routes and finds providers.</summary>
internal sealed class KadServer(Libp2pHost host, KadDht dht, KadOptions options)
{
    /// <summary>Time that a stream may be silent between two questions.</summary>
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromMinutes(1);

    public async Task ServeAsync(Libp2pStream stream, CancellationToken cancellationToken)
    {
        while (true)
        {
            using var timeout = new CancellationTokenSource(IdleTimeout, host.Time);
            using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
            if (await stream.ReadMessageAsync(KadMessage.MaxLength, linked.Token).ConfigureAwait(false) is not { } bytes) return;
            if (!KadMessage.TryDecode(bytes, out var question)) throw new PeerProtocolException("The peer sent a malformed DHT message.");
            if (question.Type == KadMessageType.AddProvider)
            {
                Accept(stream.RemotePeer, question);
                continue;
            }
            await stream.WriteMessageAsync(Answer(stream.RemotePeer, question).Encode(), linked.Token).ConfigureAwait(false);
        }
    }

    private KadMessage Answer(PeerId asker, KadMessage question)
    {
        var answer = new KadMessage(question.Type, question.Key);
        switch (question.Type)
        {
            case KadMessageType.Ping:
                return answer;
            case KadMessageType.FindNode:
                return answer with { CloserPeers = Closer(asker, question.Key.Span) };
            case KadMessageType.GetProviders:
                if (!Multihash.TryDecode(question.Key.Span, out var key)) throw new PeerProtocolException("A provider key is no multihash.");
                return answer with { ProviderPeers = [.. dht.LocalProviders(key).Select(dht.Describe)], CloserPeers = Closer(asker, question.Key.Span) };
            default:
                throw new PeerProtocolException($"The peer asked for {question.Type}, which is not served here.");
        }
    }

    private IReadOnlyList<PeerAddresses> Closer(PeerId asker, ReadOnlySpan<byte> key)
    {
        // A peer that is asked for by name is told even when it stands in no bucket, as long as its addresses are known.
        var named = PeerId.TryDecode(key, out var id) && id != asker && id != host.Id && host.PeerStore.GetAddresses(id).Count > 0;
        var closest = dht.Closest(KadKey.Of(key), options.BucketSize).Where(p => p != asker);
        return [.. (named ? closest.Prepend(id).Distinct() : closest).Take(options.BucketSize).Select(dht.Describe).Where(p => p.Addresses.Count > 0)];
    }

    /// <summary>Stores a record only when the sender speaks for itself: nobody announces others.</summary>
    private void Accept(PeerId sender, KadMessage message)
    {
        if (!Multihash.TryDecode(message.Key.Span, out var key)) throw new PeerProtocolException("A provider key is no multihash.");
        foreach (var provider in message.ProviderPeers)
        {
            if (provider.Peer != sender) continue;
            host.PeerStore.AddAddresses(sender, provider.Addresses, PeerStore.HearsayLifetime);
            dht.AddRecord(key, sender);
        }
    }
}
