namespace Pyrsia.Libp2p;

/// <summary>What a member of the DHT knows and decides, as a value: clock and chance are arguments, and what it says goes out by a driver (<see cref="KadDht"/>). Not thread-safe.</summary>
/// <param name="self">This peer.</param>
/// <param name="options">Parameters.</param>
/// <param name="addressesOf">Where a peer, or this one, is; empty when nobody knows.</param>
/// <param name="random">Source of the random walk.</param>
internal sealed class KadState(PeerId self, KadOptions options, Func<PeerId, IReadOnlyList<Multiaddr>> addressesOf, Random random)
{
    /// <summary>Deepest bucket that the random walk goes to: a key for a bucket is found by trying, 2 to the power of its index times. Lookups of our own id fill the deeper ones.</summary>
    private const int MaxWalkDepth = 12;

    private readonly KadKey own = KadKey.Of(self);
    private readonly ProviderStore providers = new(options);
    private int walk;

    public RoutingTable Table { get; } = new(self, options);

    /// <summary>What this peer provides.</summary>
    public ProvisionSchedule Provisions { get; } = new(options);

    /// <summary>Begins a lookup at the nearest peers known.</summary>
    public LookupQuery Lookup(ReadOnlySpan<byte> key)
    {
        var target = KadKey.Of(key);
        return new LookupQuery(target, self, Table.Closest(target, options.BucketSize), options);
    }

    /// <summary>Keys to look up so that the table stays filled: our own id, and a random one in the bucket that the walk comes to next.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> RefreshTargets()
    {
        var bucket = walk++ % (Math.Clamp(Table.Deepest, 0, MaxWalkDepth) + 1);
        Span<byte> digest = stackalloc byte[32];
        while (true)
        {
            random.NextBytes(digest);
            var key = Multihash.FromSha256(digest);
            if (own.CommonPrefix(KadKey.Of(key.Bytes.Span)) == bucket) return [self.Bytes, key.Bytes];
        }
    }

    /// <summary>Peers that hold the key as far as is known here, ourselves first.</summary>
    public IReadOnlyList<PeerId> ProvidersOf(Multihash key, DateTimeOffset now)
    {
        var others = providers.Get(key, now).Take(KadMessage.MaxPeers - 1);
        return Provisions.Contains(key) ? [self, .. others] : [.. others];
    }

    /// <summary>Answers a question. Values (PUT_VALUE, GET_VALUE) are refused: this DHT routes and finds providers.</summary>
    /// <exception cref="PeerProtocolException">The question is not answered here.</exception>
    public KadMessage Answer(PeerId asker, KadMessage question, DateTimeOffset now)
    {
        var answer = new KadMessage(question.Type, question.Key);
        return question.Type switch
        {
            KadMessageType.Ping => answer,
            KadMessageType.FindNode => answer with { CloserPeers = Closer(asker, question.Key.Span) },
            KadMessageType.GetProviders => answer with
            {
                ProviderPeers = [.. ProvidersOf(ProviderKey(question), now).Select(Describe)],
                CloserPeers = Closer(asker, question.Key.Span),
            },
            _ => throw new PeerProtocolException($"The peer asked for {question.Type}, which is not served here."),
        };
    }

    /// <summary>Stores a provider record, only when the sender speaks for itself: nobody announces others.</summary>
    /// <returns>Where the sender says it is; null when nothing was stored.</returns>
    /// <exception cref="PeerProtocolException">The key is no multihash.</exception>
    public PeerAddresses? Accept(PeerId sender, NetworkPrefix? prefix, KadMessage message, DateTimeOffset now)
    {
        var key = ProviderKey(message);
        return message.ProviderPeers.FirstOrDefault(p => p.Peer == sender) is { } record && providers.Add(key, sender, prefix, now) ? record : null;
    }

    /// <summary>Drops what has expired.</summary>
    public void RemoveExpired(DateTimeOffset now) => providers.RemoveExpired(now);

    public PeerAddresses Describe(PeerId peer) => new(peer, addressesOf(peer));

    private static Multihash ProviderKey(KadMessage message) =>
        Multihash.TryDecode(message.Key.Span, out var key) ? key : throw new PeerProtocolException("A provider key is no multihash.");

    private IReadOnlyList<PeerAddresses> Closer(PeerId asker, ReadOnlySpan<byte> key)
    {
        // A peer that is asked for by name is told even when it stands in no bucket, as long as its addresses are known.
        var named = PeerId.TryDecode(key, out var id) && id != asker && id != self ? id : default;
        var closest = Table.Closest(KadKey.Of(key), options.BucketSize + 1).Select(c => c.Peer).Where(p => p != asker && p != named);
        return [.. (named.IsEmpty ? closest : closest.Prepend(named)).Take(options.BucketSize).Select(Describe).Where(p => p.Addresses.Count > 0)];
    }
}
