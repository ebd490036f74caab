namespace Pyrsia.Libp2p;

/// <summary>Names each provider that a lookup hears of once. Of one network only its share is named at once; the rest waits until the lookup has ended, so that many identities do not hide the others.</summary>
internal sealed class ProviderSieve(KadOptions options)
{
    private readonly HashSet<PeerId> seen = [];
    private readonly PrefixQuota quota = new(options.MaxPerPrefix);
    private readonly List<PeerAddresses> heldBack = [];

    /// <summary>Those that were beyond their network's share, in the order in which they were heard of.</summary>
    public IReadOnlyList<PeerAddresses> HeldBack => heldBack;

    /// <summary>Whether the provider is to be named now: it is new and within its network's share.</summary>
    public bool Passes(PeerAddresses provider)
    {
        if (!seen.Add(provider.Peer)) return false;
        NetworkPrefix[] prefixes = [.. provider.Addresses.Select(address => NetworkPrefix.Of(address)).OfType<NetworkPrefix>().Take(1)];
        if (quota.TryTake(prefixes)) return true;
        if (heldBack.Count < KadMessage.MaxPeers) heldBack.Add(provider);
        return false;
    }
}
