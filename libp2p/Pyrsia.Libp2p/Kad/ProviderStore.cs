namespace Pyrsia.Libp2p;

/// <summary>Who said to hold what, until when. A value: the clock is an argument. Bounded in keys, in providers a key and in keys a provider.
/// Where the providers of one key are too many, those of the most crowded network give way: many identities do not push out the others.</summary>
internal sealed class ProviderStore(KadOptions options)
{
    /// <summary>Time between two searches for what has expired. Of a full store strangers could ask for one with every message.</summary>
    private static readonly TimeSpan SearchPause = TimeSpan.FromMinutes(1);

    private readonly Dictionary<Multihash, Dictionary<PeerId, Record>> records = [];
    private readonly Dictionary<PeerId, int> keysOf = [];
    private DateTimeOffset nextSearch;

    public int KeyCount => records.Count;

    /// <summary>Adds or prolongs a record; false when there is no room for a new key, or for one more of this provider.</summary>
    public bool Add(Multihash key, PeerId provider, NetworkPrefix? prefix, DateTimeOffset now)
    {
        var record = new Record(now + options.ProviderLifetime, prefix);
        if (records.TryGetValue(key, out var providers) && providers.ContainsKey(provider))
        {
            providers[provider] = record;
            return true;
        }
        if (!HasRoom()) RemoveExpired(now);
        if (!HasRoom()) return false;
        if (!records.TryGetValue(key, out providers)) records.Add(key, providers = []);
        providers.Add(provider, record);
        keysOf[provider] = keysOf.GetValueOrDefault(provider) + 1;
        if (providers.Count > options.MaxProvidersPerKey) Remove(key, OldestOfTheMostCrowded(providers));
        return true;

        bool HasRoom() => keysOf.GetValueOrDefault(provider) < options.MaxKeysPerProvider && (records.ContainsKey(key) || records.Count < options.MaxProvidedKeys);
    }

    /// <summary>Providers with a valid record, freshest first, no network with more than its share before all others had theirs.</summary>
    public IReadOnlyList<PeerId> Get(Multihash key, DateTimeOffset now) => !records.TryGetValue(key, out var providers) ? [] :
        [.. PrefixQuota.Select(providers.Where(p => p.Value.Until > now).OrderByDescending(p => p.Value.Until).Select(p => new KadContact(p.Key, default, p.Value.Prefix)), providers.Count, options.MaxPerPrefix)
            .Select(c => c.Peer)];

    /// <summary>Drops what has expired; at most once a minute, as it looks at every record.</summary>
    public void RemoveExpired(DateTimeOffset now)
    {
        if (now < nextSearch) return;
        nextSearch = now + SearchPause;
        foreach (var (key, providers) in records.ToArray())
            foreach (var (peer, record) in providers.ToArray())
                if (record.Until <= now) Remove(key, peer);
    }

    private static PeerId OldestOfTheMostCrowded(Dictionary<PeerId, Record> providers) =>
        providers.GroupBy(p => p.Value.Prefix).OrderByDescending(g => g.Key is null ? 1 : g.Count()).ThenBy(g => g.Min(p => p.Value.Until)).First().MinBy(p => p.Value.Until).Key;

    private void Remove(Multihash key, PeerId provider)
    {
        var providers = records[key];
        if (!providers.Remove(provider)) return;
        if (providers.Count == 0) records.Remove(key);
        if (--keysOf[provider] == 0) keysOf.Remove(provider);
    }

    private readonly record struct Record(DateTimeOffset Until, NetworkPrefix? Prefix);
}
