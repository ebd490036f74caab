using Pyrsia.Libp2p;

namespace Pyrsia.Simulation.Dht;

internal sealed partial class DhtSimulation
{
    /// <summary>Names of providers that a lookup reads: the default of <see cref="KadDht.FindProvidersAsync"/>.</summary>
    private const int ProvidersRead = 20;

    /// <summary>Ordinary keys that one peer holds.</summary>
    private const int KeysPerHolder = 5;

    private readonly Dictionary<DhtNode, IReadOnlyList<Multihash>> held = [];
    private readonly Dictionary<Multihash, DhtNode> holders = [];

    private void Start()
    {
        var attacked = Enumerable.Range(0, Options.AttackedKeys).Select(_ => RandomKey()).ToArray();
        var ordinary = Enumerable.Range(0, Options.Keys).Select(_ => RandomKey()).ToArray();
        Populate(attacked);
        Time.After(Options.WarmUp * 0.8, () =>
        {
            foreach (var key in attacked) Hold([key]);
            foreach (var keys in ordinary.Chunk(KeysPerHolder)) Hold(keys);
        });
        for (var i = 0; i < Options.Lookups; i++)
        {
            if (ordinary.Length > 0) Time.After(MomentOfMeasuring(), () => Measure(ordinary, Ordinary));
            if (attacked.Length > 0) Time.After(MomentOfMeasuring(), () => Measure(attacked, Attacked));
        }
    }

    private TimeSpan MomentOfMeasuring() => Options.WarmUp + (Options.Measured - Options.Kad.LookupTimeout) * Random.NextDouble();

    /// <summary>Somebody begins to provide keys; they count from when they were announced.</summary>
    private void Hold(IReadOnlyList<Multihash> keys)
    {
        DhtNode holder;
        do holder = honest[Random.Next(Bootstrap, honest.Count)]; while (held.ContainsKey(holder));
        held.Add(holder, keys);
        foreach (var key in keys) holders.Remove(key);
        holder.Provide(keys, () => { foreach (var key in keys) holders[key] = holder; });
    }

    private void Measure(Multihash[] keys, DhtReport report)
    {
        var asker = honest[Random.Next(honest.Count)];
        var key = keys[Random.Next(keys.Length)];
        if (!holders.TryGetValue(key, out var holder) || holder == asker) return;
        var started = Time.Now;
        var sieve = new ProviderSieve(Options.Kad);
        var named = 0;
        var found = false;
        if (Hear(asker.State.ProvidersOf(key, started).Select(asker.State.Describe)))
        {
            report.Hit(0, 0, TimeSpan.Zero);
            return;
        }
        asker.Lookup(new KadMessage(KadMessageType.GetProviders, key.Bytes), (query, peer, answer) =>
        {
            if (Hear(answer.ProviderPeers)) report.Hit(query.DepthOf(peer), query.Asked, Time.Now - started);
            return !found && named < ProvidersRead;
        }, query =>
        {
            if (found) return;
            if (sieve.HeldBack.Take(ProvidersRead - named).Any(p => p.Peer == holder.Id)) report.Hit(query.DepthOf(holder.Id), query.Asked, Time.Now - started);
            else report.Miss();
        });

        bool Hear(IEnumerable<PeerAddresses> providers)
        {
            foreach (var provider in providers.Where(sieve.Passes).Take(ProvidersRead - named))
            {
                named++;
                found |= provider.Peer == holder.Id;
            }
            return found;
        }
    }
}
