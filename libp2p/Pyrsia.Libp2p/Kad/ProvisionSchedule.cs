namespace Pyrsia.Libp2p;

/// <summary>The keys that this peer provides, and when each is to be announced again. A value: the clock is an argument.</summary>
internal sealed class ProvisionSchedule(KadOptions options)
{
    private readonly Dictionary<Multihash, Provision> provisions = [];

    public int Count => provisions.Count;

    public bool Contains(Multihash key) => provisions.ContainsKey(key);

    /// <summary>Begins to provide a key; it is due until it was placed.</summary>
    public void Add(Multihash key) => provisions.TryAdd(key, new Provision());

    public void Remove(Multihash key) => provisions.Remove(key);

    /// <summary>Keys whose record runs out, or that few hold although the network grew since.</summary>
    /// <param name="now">The time.</param>
    /// <param name="tableVersion">Version of the routing table.</param>
    public IReadOnlyList<Multihash> Due(DateTimeOffset now, long tableVersion) =>
        [.. provisions.Where(p => now >= p.Value.NextAnnouncement || (p.Value.Placed < options.BucketSize / 2 && p.Value.TableVersion != tableVersion)).Select(p => p.Key)];

    /// <summary>So many peers took the record.</summary>
    public void Placed(Multihash key, int peers, DateTimeOffset now, long tableVersion)
    {
        if (provisions.ContainsKey(key)) provisions[key] = new Provision(peers, tableVersion, now + options.RepublishInterval);
    }
}
