namespace Pyrsia.Libp2p;

/// <summary>Announces many keys with few lookups. A lookup gets to know all peers of a small region of the key space; keys whose k closest peers surely stand in regions that are known are placed
/// without one. So n peers take some n / 10 lookups, however many the keys.</summary>
internal sealed class ProvideSweep(IEnumerable<Multihash> keys, KadOptions options)
{
    private readonly Dictionary<KadKey, Multihash> left = keys.Distinct().ToDictionary(k => KadKey.Of(k.Bytes.Span));
    private readonly Dictionary<PeerId, KadContact> peers = [];
    private readonly List<(KadKey Point, int Depth)> known = [];

    /// <summary>The next key to look up; false when all are placed.</summary>
    public bool TryNext(out Multihash key)
    {
        // A key in a region that is not known at all first: what it brings may be what others lack.
        key = left.OrderBy(k => IsKnown(k.Key, KadKey.Bits)).Select(k => k.Value).FirstOrDefault();
        return left.Count > 0;
    }

    /// <summary>Places the key that was looked up, and those that can be placed without; each is taken off.</summary>
    /// <param name="key">The key that <see cref="TryNext"/> named.</param>
    /// <param name="nearest">The k closest peers that the lookup found; fewer when there are no more.</param>
    /// <returns>Keys with the peers that are to be told.</returns>
    public IReadOnlyList<(Multihash Key, IReadOnlyList<KadContact> Holders)> Place(Multihash key, IReadOnlyList<KadContact> nearest)
    {
        var target = KadKey.Of(key.Bytes.Span);
        foreach (var peer in nearest) peers[peer.Peer] = peer;
        // All that share one bit more with the target than the farthest were found too, or it would not be among the closest.
        known.Add((target, nearest.Count < options.BucketSize ? 0 : nearest.Min(n => target.CommonPrefix(n.Key)) + 1));
        left.Remove(target);
        var placed = new List<(Multihash, IReadOnlyList<KadContact>)> { (key, nearest) };
        foreach (var (point, other) in left.ToArray())
        {
            var closest = PrefixQuota.Select(peers.Values.OrderBy(p => p.Key.DistanceTo(point)), options.BucketSize, options.MaxPerPrefix);
            if (!IsKnown(point, closest.Count < options.BucketSize ? 0 : closest.Min(p => point.CommonPrefix(p.Key)))) continue;
            placed.Add((other, closest));
            left.Remove(point);
        }
        return placed;
    }

    /// <summary>Whether all peers that share so many bits with a point are known: by one lookup, or in both halves.</summary>
    private bool IsKnown(KadKey point, int depth)
    {
        if (known.Exists(k => k.Depth <= depth && k.Point.CommonPrefix(point) >= k.Depth)) return true;
        return known.Exists(k => k.Depth > depth && k.Point.CommonPrefix(point) >= depth) && IsKnown(point, depth + 1) && IsKnown(point.Flip(depth), depth + 1);
    }
}
