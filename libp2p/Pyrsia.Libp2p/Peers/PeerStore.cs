namespace Pyrsia.Libp2p;

/// <summary>Addresses and protocols of peers that were met or heard of. Bounded; addresses expire; can be kept in a file.</summary>
public sealed partial class PeerStore
{
    /// <summary>Peers that are kept where nothing else is said: as many as eighty lookups that ask a hundred each and meet nobody twice; at about a kilobyte each they are 8 MiB.</summary>
    public const int DefaultMaxPeers = 8192;

    /// <summary>Addresses that are kept of one peer.</summary>
    public const int MaxAddressesPerPeer = 32;

    /// <summary>Longest signed record that is kept, in bytes: a dozen addresses fit.</summary>
    public const int MaxSignedRecordLength = 1024;

    /// <summary>Validity of what a peer said of itself over its own connection.</summary>
    public static readonly TimeSpan IdentifiedLifetime = TimeSpan.FromDays(2);

    /// <summary>Validity of what others say about a peer (provider addresses in the DHT).</summary>
    public static readonly TimeSpan HearsayLifetime = TimeSpan.FromMinutes(30);

    private readonly Dictionary<PeerId, PeerEntry> entries = [];
    private readonly Lock gate = new();
    private readonly TimeProvider time;

    private readonly int maxPeers;

    private PeerStore(TimeProvider time, int maxPeers) => (this.time, this.maxPeers) = (time, maxPeers);

    /// <summary>Peers with at least one valid address.</summary>
    public IReadOnlyList<PeerId> Peers
    {
        get
        {
            var now = time.GetUtcNow();
            lock (gate) return [.. entries.Where(e => e.Value.Expires > now).Select(e => e.Key)];
        }
    }

    /// <summary>Adds addresses, without their peer id; an address that is known is prolonged, never shortened.</summary>
    public void AddAddresses(PeerId peer, IEnumerable<Multiaddr> addresses, TimeSpan lifetime)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        var now = time.GetUtcNow();
        var until = now + lifetime;
        lock (gate)
        {
            if (!entries.TryGetValue(peer, out var entry))
            {
                if (entries.Count >= maxPeers) entries.Remove(entries.MinBy(e => e.Value.Expires).Key);
                entries.Add(peer, entry = new PeerEntry());
            }
            foreach (var address in addresses)
            {
                var bare = address.WithoutPeerId();
                if (entry.Addresses.TryGetValue(bare, out var known) && known >= until) continue;
                entry.Addresses[bare] = until;
            }
            while (entry.Addresses.Count > MaxAddressesPerPeer) entry.Addresses.Remove(entry.Addresses.MinBy(a => a.Value).Key);
            if (entry.Addresses.Count == 0 && entry.Protocols.Count == 0) entries.Remove(peer);
        }
    }

    /// <summary>Valid addresses of the peer, longest valid first.</summary>
    public IReadOnlyList<Multiaddr> GetAddresses(PeerId peer)
    {
        var now = time.GetUtcNow();
        lock (gate)
        {
            if (!entries.TryGetValue(peer, out var entry)) return [];
            foreach (var old in entry.Addresses.Where(a => a.Value <= now).Select(a => a.Key).ToArray()) entry.Addresses.Remove(old);
            return [.. entry.Addresses.OrderByDescending(a => a.Value).Select(a => a.Key)];
        }
    }

    /// <summary>Remembers what the peer serves.</summary>
    public void SetProtocols(PeerId peer, IReadOnlyList<string> protocols)
    {
        lock (gate)
            if (entries.TryGetValue(peer, out var entry)) entry.Protocols = protocols;
    }

    /// <summary>What the peer served when it was last connected.</summary>
    public IReadOnlyList<string> GetProtocols(PeerId peer)
    {
        lock (gate) return entries.TryGetValue(peer, out var entry) ? entry.Protocols : [];
    }

    /// <summary>Remembers where the peer itself says that it is, in its signed words.</summary>
    /// <param name="peer">The peer that signed.</param>
    /// <param name="record">An envelope that was opened; a longer one than <see cref="MaxSignedRecordLength"/> is not kept.</param>
    internal void SetSignedRecord(PeerId peer, ReadOnlyMemory<byte> record)
    {
        if (record.Length > MaxSignedRecordLength) return;
        lock (gate)
            if (entries.TryGetValue(peer, out var entry)) entry.SignedRecord = record;
    }

    /// <summary>The peer's own, signed words on where it is; null when there are none.</summary>
    internal ReadOnlyMemory<byte>? GetSignedRecord(PeerId peer)
    {
        lock (gate) return entries.TryGetValue(peer, out var entry) ? entry.SignedRecord : null;
    }

    /// <summary>Forgets the peer.</summary>
    public void Remove(PeerId peer)
    {
        lock (gate) entries.Remove(peer);
    }
}
