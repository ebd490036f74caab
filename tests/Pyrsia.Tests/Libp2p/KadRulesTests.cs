using System.Numerics;
using System.Security.Cryptography;
using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

/// <summary>The DHT's decisions, without a network.</summary>
public sealed class KadRulesTests
{
    private static readonly KadOptions Options = new();

    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch;

    private readonly Random random = new(7);

    [Fact]
    public void One_network_fills_a_bucket_only_while_nobody_else_wants_in()
    {
        var table = new RoutingTable(RandomPeer(), Options);
        while (table.Count < 20) table.Seen(PeerInBucket(0, table), Network(1), Start);
        Assert.True(table.Seen(PeerInBucket(0, table), Network(2), Start));
        Assert.False(table.Seen(PeerInBucket(0, table), Network(1), Start));
        for (var network = 3; network < 100; network++) table.Seen(PeerInBucket(0, table), Network(network), Start);
        Assert.Equal(20, table.Count);
        Assert.Equal(2, table.Closest(KadKey.Of(RandomPeer()), 20).Count(c => c.Prefix == Network(1)));
    }

    [Fact]
    public void A_member_gives_way_only_after_it_was_not_seen_for_long()
    {
        var table = new RoutingTable(RandomPeer(), Options);
        var first = PeerInBucket(0, table);
        table.Seen(first, null, Start);
        while (table.Count < 20) table.Seen(PeerInBucket(0, table), null, Start + TimeSpan.FromMinutes(1));
        Assert.False(table.Seen(PeerInBucket(0, table), null, Start + Options.StaleAfter));
        Assert.True(table.Seen(PeerInBucket(0, table), null, Start + Options.StaleAfter + TimeSpan.FromSeconds(1)));
        Assert.False(table.Contains(first));
    }

    [Fact]
    public void Members_nearest_to_a_key_are_named_nearest_first()
    {
        var table = new RoutingTable(RandomPeer(), Options);
        var peers = Enumerable.Range(0, 400).Select(_ => RandomPeer()).Where(p => table.Seen(p, null, Start)).ToArray();
        for (var i = 0; i < 20; i++)
        {
            var target = KadKey.Of(RandomPeer());
            Assert.Equal(peers.OrderBy(p => KadKey.Of(p).DistanceTo(target)).Take(20), table.Closest(target, 20).Select(c => c.Peer));
        }
    }

    [Fact]
    public void Only_the_path_that_asked_a_liar_is_led_astray()
    {
        var honest = Enumerable.Range(0, 40).Select(_ => RandomPeer()).ToArray();
        var target = KadKey.Of(RandomPeer());
        var start = honest.Take(4).Select(p => new KadContact(p, KadKey.Of(p), null)).ToArray();
        var query = new LookupQuery(target, RandomPeer(), start, Options);
        var liar = query.Next()!.Value;
        query.Answered(liar, null, Enumerable.Range(0, 20).Select(_ => new PeerAddresses(RandomPeer(), [])));
        var named = honest.Select(p => new PeerAddresses(p, [])).ToArray();
        while (!query.IsFinished)
        {
            if (query.Next() is not { } next) continue;
            if (honest.Contains(next)) query.Answered(next, null, named.OrderBy(_ => random.Next()).Take(20));
            else query.Failed(next);
        }
        var found = query.Closest().Select(c => c.Peer).ToArray();
        Assert.Equal(honest.OrderBy(p => KadKey.Of(p).DistanceTo(target)).Take(20), found);
    }

    [Fact]
    public void A_lookup_ends_once_the_closest_have_answered_and_asks_a_small_part_of_a_network()
    {
        var target = KadKey.Of(RandomPeer());
        var peers = Enumerable.Range(0, 1000).Select(_ => RandomPeer()).OrderBy(p => KadKey.Of(p).DistanceTo(target)).ToArray();
        var query = new LookupQuery(target, RandomPeer(), [.. peers.TakeLast(20).Select(p => new KadContact(p, KadKey.Of(p), null))], Options);
        while (!query.IsFinished)
        {
            if (query.Next() is not { } next) continue;
            var rank = Array.IndexOf(peers, next);
            // Everybody knows some that are nearer than itself, and the nearest know each other.
            var named = peers.Take(20).Concat(peers.Skip(rank / 4)).Where(p => Array.IndexOf(peers, p) >= rank / 4 || rank < 40).Take(20);
            query.Answered(next, null, named.Select(p => new PeerAddresses(p, [])));
        }
        Assert.Equal(peers.Take(20), query.Closest().Select(c => c.Peer));
        Assert.InRange(query.Asked, 20, 250);
    }

    [Fact]
    public void A_peer_that_is_slow_holds_up_nobody_and_its_answer_counts()
    {
        var peers = Enumerable.Range(0, 3).Select(_ => RandomPeer()).ToArray();
        var query = new LookupQuery(KadKey.Of(RandomPeer()), RandomPeer(), [.. peers.Select(p => new KadContact(p, KadKey.Of(p), null))], Options with { Concurrency = 1 });
        var slow = query.Next()!.Value;
        Assert.Null(query.Next());
        query.Stalled(slow);
        for (var i = 0; i < 2; i++) query.Answered(query.Next()!.Value, null, []);
        Assert.False(query.IsFinished);
        query.Answered(slow, null, []);
        Assert.True(query.IsFinished);
        Assert.Equal(3, query.Closest().Count);
    }

    [Fact]
    public void Of_one_network_no_more_than_its_share_counts_among_the_closest()
    {
        var target = KadKey.Of(RandomPeer());
        var all = Enumerable.Range(0, 200).Select(_ => RandomPeer()).OrderBy(p => KadKey.Of(p).DistanceTo(target)).ToArray();
        // The nearest hundred are one owner's.
        var prefixes = all.Select((p, i) => (p, i)).ToDictionary(x => x.p, x => x.i < 100 ? Network(1) : Network(x.i));
        var query = new LookupQuery(target, RandomPeer(), [.. all.TakeLast(20).Select(p => new KadContact(p, KadKey.Of(p), prefixes[p]))], Options);
        while (!query.IsFinished)
        {
            if (query.Next() is not { } next) continue;
            var near = prefixes[next] == Network(1) ? all.Take(100) : all;
            query.Answered(next, prefixes[next], near.OrderBy(_ => random.Next()).Take(20).Select(p => new PeerAddresses(p, [AddressIn(prefixes[p] == Network(1) ? 1 : Array.IndexOf(all, p))])));
        }
        Assert.Equal(20, query.Closest().Count);
        Assert.Equal(2, query.Closest().Count(c => c.Prefix == Network(1)));
    }

    [Fact]
    public void A_sweep_places_every_key_at_its_closest_peers_with_a_fraction_of_the_lookups()
    {
        var peers = Enumerable.Range(0, 500).Select(_ => RandomPeer()).Select(p => new KadContact(p, KadKey.Of(p), null)).ToArray();
        var keys = Enumerable.Range(0, 3000).Select(i => Multihash.OfSha256(BitConverter.GetBytes(i))).ToArray();
        var sweep = new ProvideSweep(keys, Options);
        var placed = new HashSet<Multihash>();
        var lookups = 0;
        while (sweep.TryNext(out var next))
        {
            lookups++;
            foreach (var (key, holders) in sweep.Place(next, Nearest(next)))
            {
                Assert.True(placed.Add(key));
                Assert.Equal(Nearest(key).Select(n => n.Peer).Order(), holders.Select(h => h.Peer).Order());
            }
        }
        Assert.Equal(keys.Length, placed.Count);
        Assert.InRange(lookups, 1, 100);

        KadContact[] Nearest(Multihash key) => [.. peers.OrderBy(p => p.Key.DistanceTo(KadKey.Of(key.Bytes.Span))).Take(Options.BucketSize)];
    }

    [Fact]
    public void Records_of_one_network_do_not_push_out_those_of_others()
    {
        var store = new ProviderStore(Options);
        var key = Multihash.OfSha256("attacked"u8);
        var honest = RandomPeer();
        store.Add(key, honest, Network(1), Start);
        for (var i = 0; i < 500; i++) store.Add(key, RandomPeer(), Network(2), Start + TimeSpan.FromMinutes(i));
        var named = store.Get(key, Start + TimeSpan.FromHours(9));
        Assert.Equal(Options.MaxProvidersPerKey, named.Count);
        Assert.Contains(honest, named.Take(3));
    }

    [Fact]
    public void A_record_ends_after_its_time_and_one_provider_cannot_fill_the_store()
    {
        var options = Options with { MaxProvidedKeys = 10, MaxKeysPerProvider = 3 };
        var store = new ProviderStore(options);
        var peer = RandomPeer();
        Assert.Equal(3, Enumerable.Range(0, 9).Count(i => store.Add(Multihash.OfSha256([(byte)i]), peer, null, Start)));
        Assert.Equal(7, Enumerable.Range(10, 9).Count(i => store.Add(Multihash.OfSha256([(byte)i]), RandomPeer(), null, Start)));
        var later = Start + options.ProviderLifetime;
        Assert.Empty(store.Get(Multihash.OfSha256([0]), later));
        Assert.True(store.Add(Multihash.OfSha256([99]), peer, null, later));
        Assert.Equal(1, store.KeyCount);
    }

    [Fact]
    public void What_is_provided_is_announced_again_in_time_and_at_once_when_few_took_it_and_the_network_grew()
    {
        var schedule = new ProvisionSchedule(Options);
        var key = Multihash.OfSha256("x"u8);
        schedule.Add(key);
        Assert.Equal([key], schedule.Due(Start, 0));
        schedule.Placed(key, 3, Start, 5);
        Assert.Empty(schedule.Due(Start, 5));
        Assert.Equal([key], schedule.Due(Start, 6));
        schedule.Placed(key, 20, Start, 6);
        Assert.Empty(schedule.Due(Start + Options.RepublishInterval - TimeSpan.FromSeconds(1), 7));
        Assert.Equal([key], schedule.Due(Start + Options.RepublishInterval, 7));
    }

    [Fact]
    public void The_random_walk_visits_every_bucket()
    {
        var self = RandomPeer();
        var state = new KadState(self, Options, _ => [], random);
        for (var i = 0; i < 2000; i++) state.Table.Seen(RandomPeer(), null, Start);
        var visited = Enumerable.Range(0, state.Table.Deepest + 1).Select(_ => KadKey.Of(self).CommonPrefix(KadKey.Of(state.RefreshTargets()[1].Span)));
        Assert.Equal(Enumerable.Range(0, Math.Min(13, state.Table.Deepest + 1)), visited.Distinct().Order());
    }

    [Fact]
    public void Keys_are_digests_of_the_bytes_of_peer_ids_and_multihashes_and_distance_is_their_exclusive_or()
    {
        var content = Multihash.OfSha256("content"u8);
        var (peer, other) = (RandomPeer(), RandomPeer());
        Assert.Equal(Digest(content.Bytes), Number(KadKey.Of(content.Bytes.Span)));
        Assert.Equal(Digest(peer.Bytes), Number(KadKey.Of(peer)));
        Assert.Equal(Digest(peer.Bytes) ^ Digest(other.Bytes), Number(KadKey.Of(peer).DistanceTo(KadKey.Of(other))));

        static BigInteger Digest(ReadOnlyMemory<byte> bytes) => new(SHA256.HashData(bytes.Span), isUnsigned: true, isBigEndian: true);
        static BigInteger Number(KadKey key) => new[] { key.A, key.B, key.C, key.D }.Aggregate(BigInteger.Zero, (sum, part) => (sum << 64) + part);
    }

    private static NetworkPrefix? Network(int number) => NetworkPrefix.Of(AddressIn(number));

    private static Multiaddr AddressIn(int network) => Multiaddr.Parse($"/ip4/50.{network}.0.1/tcp/1");

    private PeerId RandomPeer()
    {
        var bytes = new byte[36];
        random.NextBytes(bytes);
        Assert.True(PeerId.TryDecode(Multihash.Create(Multihash.IdentityCode, bytes).Bytes.Span, out var id));
        return id;
    }

    /// <summary>A peer that would go into this bucket of the table.</summary>
    private PeerId PeerInBucket(int bucket, RoutingTable table)
    {
        while (true)
        {
            var peer = RandomPeer();
            if (table.BucketOf(peer) == bucket) return peer;
        }
    }
}
