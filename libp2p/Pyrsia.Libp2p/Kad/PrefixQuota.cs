namespace Pyrsia.Libp2p;

/// <summary>Counts peers by network, so that one owner with many identities gets a share and no more.
/// The limit binds where there is a choice: those beyond it come after all others, they are not shut out. A network within one prefix works as if there were none.</summary>
internal sealed class PrefixQuota(int limit)
{
    private readonly Dictionary<NetworkPrefix, int> counts = [];

    /// <summary>Takes a place for a peer; false when all networks that it may be in have used theirs up.</summary>
    public bool TryTake(ReadOnlySpan<NetworkPrefix> prefixes)
    {
        if (prefixes.IsEmpty) return true;
        foreach (var prefix in prefixes)
        {
            var count = counts.GetValueOrDefault(prefix);
            if (count >= limit) continue;
            counts[prefix] = count + 1;
            return true;
        }
        return false;
    }

    public void Clear() => counts.Clear();

    /// <summary>The first <paramref name="count"/> that keep to the quota; when these are fewer, those that do not.</summary>
    public static IReadOnlyList<KadContact> Select(IEnumerable<KadContact> nearestFirst, int count, int limit)
    {
        var quota = new PrefixQuota(limit);
        List<KadContact> chosen = [], beyond = [];
        foreach (var contact in nearestFirst)
        {
            if (chosen.Count == count) break;
            if (contact.Prefix is { } prefix && !quota.TryTake([prefix])) beyond.Add(contact);
            else chosen.Add(contact);
        }
        chosen.AddRange(beyond.Take(count - chosen.Count));
        return chosen;
    }
}
