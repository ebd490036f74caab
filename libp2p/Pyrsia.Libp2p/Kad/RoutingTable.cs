namespace Pyrsia.Libp2p;

/// <summary>k-buckets by the length of the prefix shared with our own key. A value: the clock is an argument.
/// A full bucket keeps its old members, which tend to stay. A newcomer takes the place of one that was not seen for long, or of one whose network fills more than its share,
/// and only when its own network does not.</summary>
internal sealed class RoutingTable(PeerId self, KadOptions options)
{
    private readonly KadKey own = KadKey.Of(self);
    private readonly List<List<Member>> buckets = [];

    public int Count { get; private set; }

    /// <summary>Grows with every peer that is added: what was placed before may be placed better now.</summary>
    public long Version { get; private set; }

    /// <summary>Index of the deepest bucket that has members; -1 in an empty table.</summary>
    public int Deepest => buckets.FindLastIndex(b => b.Count > 0);

    /// <summary>Bits that the peer's key has in common with ours.</summary>
    public int BucketOf(PeerId peer) => own.CommonPrefix(KadKey.Of(peer));

    public bool Contains(PeerId peer) => Find(peer, out _) is not null;

    /// <summary>A server-mode peer was met: adds it, or notes that it is still there.</summary>
    /// <returns>True when the peer is in the table now and was not before.</returns>
    public bool Seen(PeerId peer, NetworkPrefix? prefix, DateTimeOffset now)
    {
        if (Find(peer, out var key) is { } known)
        {
            known.SeenAt = now;
            known.Prefix = prefix;
            return false;
        }
        var index = own.CommonPrefix(key);
        if (index >= KadKey.Bits) return false;
        while (buckets.Count <= index) buckets.Add([]);
        var bucket = buckets[index];
        if (bucket.Count >= options.BucketSize)
        {
            if (FindVictim(bucket, prefix, now) is not { } victim) return false;
            bucket.Remove(victim);
            Count--;
        }
        bucket.Add(new Member(peer, key) { Prefix = prefix, SeenAt = now });
        Count++;
        Version++;
        return true;
    }

    public bool Remove(PeerId peer)
    {
        if (Find(peer, out var key) is not { } member) return false;
        buckets[own.CommonPrefix(key)].Remove(member);
        Count--;
        return true;
    }

    /// <summary>Members that were not seen for <see cref="KadOptions.StaleAfter"/>, longest unseen first: whether they are there must be asked.</summary>
    public IReadOnlyList<PeerId> Stale(DateTimeOffset now) =>
        [.. buckets.SelectMany(b => b).Where(m => IsStale(m, now)).OrderBy(m => m.SeenAt).Select(m => m.Peer)];

    /// <summary>The members nearest to a key, nearest first, no network with more than its share as long as there are others.</summary>
    public IReadOnlyList<KadContact> Closest(KadKey target, int count) => PrefixQuota.Select(NearestFirst(target), count, options.MaxPerPrefix);

    /// <summary>Nearest are the members that share one bit more with the target than we do, then those that share as many, then bucket by bucket those that share fewer.</summary>
    private IEnumerable<KadContact> NearestFirst(KadKey target)
    {
        var shared = Math.Min(own.CommonPrefix(target), buckets.Count);
        if (shared < buckets.Count)
        {
            foreach (var contact in Sorted(buckets[shared], target)) yield return contact;
            foreach (var contact in Sorted(buckets.Skip(shared + 1).SelectMany(b => b), target)) yield return contact;
        }
        for (var i = shared - 1; i >= 0; i--)
            foreach (var contact in Sorted(buckets[i], target)) yield return contact;
    }

    private static KadContact[] Sorted(IEnumerable<Member> members, KadKey target)
    {
        KadContact[] contacts = [.. members.Select(m => new KadContact(m.Peer, m.Key, m.Prefix))];
        Array.Sort(Array.ConvertAll(contacts, c => c.Key.DistanceTo(target)), contacts);
        return contacts;
    }

    private Member? FindVictim(List<Member> bucket, NetworkPrefix? prefix, DateTimeOffset now)
    {
        if (prefix is not null && bucket.Count(m => m.Prefix == prefix) >= options.MaxPerPrefix) return null;
        if (bucket.Where(m => IsStale(m, now)).MinBy(m => m.SeenAt) is { } stale) return stale;
        return bucket.Where(m => m.Prefix is not null).GroupBy(m => m.Prefix).Where(g => g.Count() > options.MaxPerPrefix).MaxBy(g => g.Count())?.Last();
    }

    private bool IsStale(Member member, DateTimeOffset now) => now - member.SeenAt > options.StaleAfter;

    private Member? Find(PeerId peer, out KadKey key)
    {
        key = KadKey.Of(peer);
        var index = own.CommonPrefix(key);
        return index < buckets.Count ? buckets[index].Find(m => m.Peer == peer) : null;
    }

    private sealed class Member(PeerId peer, KadKey key)
    {
        public PeerId Peer { get; } = peer;

        public KadKey Key { get; } = key;

        public NetworkPrefix? Prefix { get; set; }

        public DateTimeOffset SeenAt { get; set; }
    }
}
