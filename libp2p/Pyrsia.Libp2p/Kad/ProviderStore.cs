namespace Pyrsia.Libp2p;

/// <summary>Who said to hold what, until when. A value: the clock is an argument. Bounded in keys and in providers a key.</summary>
internal sealed class ProviderStore(KadOptions options)
{
    private readonly Dictionary<Multihash, Dictionary<PeerId, DateTimeOffset>> records = [];

    public int KeyCount => records.Count;

    /// <summary>Adds or prolongs a record; false when there is no room for a new key.</summary>
    public bool Add(Multihash key, PeerId provider, DateTimeOffset now)
    {
        if (!records.TryGetValue(key, out var providers))
        {
            if (records.Count >= options.MaxProvidedKeys) RemoveExpired(now);
            if (records.Count >= options.MaxProvidedKeys) return false;
            records.Add(key, providers = []);
        }
        if (!providers.ContainsKey(provider) && providers.Count >= options.MaxProvidersPerKey)
            providers.Remove(providers.MinBy(p => p.Value).Key);
        providers[provider] = now + options.ProviderLifetime;
        return true;
    }

    public void Remove(Multihash key, PeerId provider)
    {
        if (!records.TryGetValue(key, out var providers)) return;
        providers.Remove(provider);
        if (providers.Count == 0) records.Remove(key);
    }

    /// <summary>Providers with a valid record, freshest first.</summary>
    public IReadOnlyList<PeerId> Get(Multihash key, DateTimeOffset now) => records.TryGetValue(key, out var providers)
        ? [.. providers.Where(p => p.Value > now).OrderByDescending(p => p.Value).Select(p => p.Key)]
        : [];

    /// <summary>Drops what has expired.</summary>
    public void RemoveExpired(DateTimeOffset now)
    {
        foreach (var (key, providers) in records.ToArray())
        {
            foreach (var (peer, until) in providers.ToArray())
                if (until <= now) providers.Remove(peer);
            if (providers.Count == 0) records.Remove(key);
        }
    }
}
