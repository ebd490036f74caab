using Pyrsia.Libp2p;

namespace Pyrsia.Simulation.Dht;

internal sealed partial class DhtSimulation
{
    /// <summary>Ids that the attacker makes for each honest peer and each liar of a group: enough that the whole group stands nearer to its key than any honest peer.</summary>
    private const int IdsPerRival = 4;

    /// <summary>Ids near a key that nobody has and that liars name.</summary>
    private const int Inventions = 20;

    /// <summary>Length of an Ed25519 key's protobuf, which a peer id embeds.</summary>
    private const int KeyLength = 36;

    /// <summary>First network of the liars: honest peers are in 20.0 to 35.255.</summary>
    private const int SybilNetwork = 40 * 256;

    private void Populate(Multihash[] attacked)
    {
        var sybils = (int)(Options.Nodes * Options.Sybils);
        for (var i = 0; i < Bootstrap; i++) honest.Add(Add(new DhtNode(this, Id(RandomBytes(KeyLength)), PublicAddress(Random))));
        for (var i = 0; i < Bootstrap; i++) honest[i].Join(honest[(i + 1) % Bootstrap]);
        for (var i = Bootstrap; i < Options.Nodes - sybils; i++) Time.After(Options.WarmUp / 2 * Random.NextDouble(), JoinHonest);
        if (sybils == 0 || attacked.Length == 0) return;
        var groups = NearestIds(attacked, sybils / attacked.Length + Inventions, IdsPerRival * (sybils / attacked.Length + Inventions) * (Options.Nodes - sybils));
        foreach (var (key, ids) in attacked.Zip(groups))
        {
            var group = new SybilGroup(key, [.. ids[^Inventions..].Select(id => new PeerAddresses(id, [PublicAddress(Random)]))]);
            foreach (var id in ids[..^Inventions])
            {
                var sybil = new SybilNode(this, id, AddressIn(SybilNetwork + Random.Next(Options.SybilPrefixes), Random), group);
                group.Add(sybil);
                Time.After(Options.WarmUp / 2 * Random.NextDouble(), () => Add(sybil).Join(honest[Random.Next(Bootstrap)]));
            }
        }
    }

    private void JoinHonest()
    {
        var node = Add(new DhtNode(this, Id(RandomBytes(KeyLength)), PublicAddress(Random)));
        node.Join(honest[Random.Next(Bootstrap)]);
        honest.Add(node);
        if (Options.ChurnPerHour > 0) Time.After(TimeSpan.FromHours(Math.Log(1 - Random.NextDouble()) / Math.Log(1 - Options.ChurnPerHour)), () => Leave(node));
    }

    private void Leave(DhtNode node)
    {
        node.Alive = false;
        nodes.Remove(node.Id);
        honest.Remove(node);
        Left++;
        JoinHonest();
        if (held.Remove(node, out var keys)) Hold(keys);
    }

    private DhtNode Add(DhtNode node)
    {
        nodes.Add(node.Id, node);
        addresses.Add(node.Id, node.Addresses);
        return node;
    }

    /// <summary>The nearest to each target of so many random ids, nearest first.</summary>
    private List<PeerId[]> NearestIds(Multihash[] targets, int count, int tries)
    {
        var points = targets.Select(t => KadKey.Of(t.Bytes.Span)).ToArray();
        // Farthest first, so that it is at hand when a nearer one comes.
        var nearest = targets.Select(_ => new PriorityQueue<byte[], KadKey>(Comparer<KadKey>.Create((a, b) => b.CompareTo(a)))).ToArray();
        for (var i = 0; i < tries; i++)
        {
            var id = RandomBytes(KeyLength);
            var point = KadKey.Of(Id(id));
            for (var t = 0; t < points.Length; t++)
            {
                var distance = point.DistanceTo(points[t]);
                if (nearest[t].Count < count) nearest[t].Enqueue(id, distance);
                else if (nearest[t].TryPeek(out _, out var farthest) && distance.CompareTo(farthest) < 0) nearest[t].EnqueueDequeue(id, distance);
            }
        }
        return [.. nearest.Select((queue, t) => queue.UnorderedItems.OrderBy(e => e.Priority).Select(e => Id(e.Element)).ToArray())];
    }

    private Multihash RandomKey() => Multihash.FromSha256(RandomBytes(32));

    private static PeerId Id(ReadOnlySpan<byte> key)
    {
        PeerId.TryDecode(Multihash.Create(Multihash.IdentityCode, key).Bytes.Span, out var id);
        return id;
    }

    private byte[] RandomBytes(int length)
    {
        var bytes = new byte[length];
        Random.NextBytes(bytes);
        return bytes;
    }
}
