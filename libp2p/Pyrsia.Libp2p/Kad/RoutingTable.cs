namespace Pyrsia.Libp2p;

/// <summary>k-buckets by the length of the prefix shared with our own key. A value: liveness comes from outside.
/// A full bucket keeps its old members, which tend to stay; a newcomer takes the place of one that the caller says is gone.</summary>
internal sealed class RoutingTable(PeerId self, int bucketSize)
{
    private readonly KadKey own = KadKey.Of(self);
    private readonly List<(PeerId Peer, KadKey Key)>[] buckets = [.. Enumerable.Range(0, KadKey.Bits).Select(_ => new List<(PeerId, KadKey)>())];

    public int Count { get; private set; }

    /// <summary>Grows with every peer that is added: what was placed before may be placed better now.</summary>
    public long Version { get; private set; }

    public bool Contains(PeerId peer) => Bucket(KadKey.Of(peer))?.Exists(e => e.Peer == peer) == true;

    /// <summary>Adds a server-mode peer.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="isGone">Tells of a member whether it may be replaced.</param>
    /// <returns>True when the peer is in the table now and was not before.</returns>
    public bool TryAdd(PeerId peer, Func<PeerId, bool> isGone)
    {
        var key = KadKey.Of(peer);
        if (Bucket(key) is not { } bucket || bucket.Exists(e => e.Peer == peer)) return false;
        if (bucket.Count >= bucketSize)
        {
            var victim = bucket.FindIndex(e => isGone(e.Peer));
            if (victim < 0) return false;
            bucket.RemoveAt(victim);
            Count--;
        }
        bucket.Add((peer, key));
        Count++;
        Version++;
        return true;
    }

    public bool Remove(PeerId peer)
    {
        if (Bucket(KadKey.Of(peer))?.RemoveAll(e => e.Peer == peer) is not > 0) return false;
        Count--;
        return true;
    }

    /// <summary>The members nearest to a key, nearest first.</summary>
    public IReadOnlyList<PeerId> Closest(KadKey target, int count) =>
        [.. buckets.SelectMany(b => b).OrderBy(e => e.Key.DistanceTo(target)).Take(count).Select(e => e.Peer)];

    private List<(PeerId Peer, KadKey Key)>? Bucket(KadKey key)
    {
        var prefix = own.CommonPrefix(key);
        return prefix >= KadKey.Bits ? null : buckets[prefix];
    }
}
