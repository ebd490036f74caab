using System.Diagnostics.CodeAnalysis;

namespace Pyrsia.Libp2p;

/// <summary>Which addresses of which peers are left alone for a while because nobody answered there. Touches neither network nor clock; thread-safe and bounded.</summary>
/// <param name="random">A number below one, for jitter.</param>
/// <param name="floor">Wait after a first failure.</param>
/// <param name="cap">Longest wait; after as long a quiet time again an address starts over.</param>
internal sealed class DialBackoff(Func<double> random, TimeSpan floor, TimeSpan cap)
{
    /// <summary>Peers that are remembered, some 300 bytes an address; the one that waits least makes room. A lookup asks some hundred peers, of which at worst all have gone.</summary>
    public const int MaxPeers = 4096;

    /// <summary>Longest reason that is kept.</summary>
    private const int MaxReasonLength = 200;

    private readonly Dictionary<PeerId, Dictionary<Multiaddr, Entry>> peers = [];
    private readonly Lock gate = new();

    /// <summary>Peers of which something is remembered.</summary>
    public int Count
    {
        get
        {
            lock (gate) return peers.Count;
        }
    }

    /// <summary>A dial failed.</summary>
    /// <param name="peer">Who was to answer.</param>
    /// <param name="address">Where.</param>
    /// <param name="reason">Why it failed.</param>
    /// <param name="now">Time since any fixed moment.</param>
    /// <param name="longest">Longest wait for this peer, no more than for all.</param>
    public void Failed(PeerId peer, Multiaddr address, string reason, TimeSpan now, TimeSpan longest)
    {
        lock (gate)
        {
            if (!peers.TryGetValue(peer, out var addresses))
            {
                if (peers.Count >= MaxPeers) MakeRoom(now);
                peers.Add(peer, addresses = []);
            }
            if (!addresses.TryGetValue(address, out var entry) || entry.IsOver(now, cap))
            {
                if (addresses.Count >= PeerStore.MaxAddressesPerPeer) addresses.Remove(addresses.MinBy(a => a.Value.Until).Key);
                addresses[address] = entry = new Entry(new Backoff(floor, cap, random));
            }
            var wait = entry.Backoff.Next();
            entry.Until = now + (wait < longest ? wait : longest);
            entry.Reason = reason.Length <= MaxReasonLength ? reason : reason[..MaxReasonLength];
        }
    }

    /// <summary>How much longer an address is left alone, and why.</summary>
    public bool Waits(PeerId peer, Multiaddr address, TimeSpan now, out TimeSpan wait, [NotNullWhen(true)] out string? reason)
    {
        lock (gate)
        {
            (wait, reason) = (TimeSpan.Zero, null);
            if (!peers.TryGetValue(peer, out var addresses) || !addresses.TryGetValue(address, out var entry) || entry.Until <= now) return false;
            (wait, reason) = (entry.Until - now, entry.Reason);
            return true;
        }
    }

    /// <summary>A connection to the peer stands, whoever dialed: it is there, and its addresses start over. A circuit says so of addresses over relays alone.</summary>
    public void Forgive(PeerId peer, bool overRelay)
    {
        lock (gate)
        {
            if (!peers.TryGetValue(peer, out var addresses)) return;
            if (overRelay) foreach (var address in addresses.Keys.Where(a => a.IsRelayed).ToArray()) addresses.Remove(address);
            if (!overRelay || addresses.Count == 0) peers.Remove(peer);
        }
    }

    private void MakeRoom(TimeSpan now)
    {
        foreach (var old in peers.Where(p => p.Value.Values.All(e => e.IsOver(now, cap))).Select(p => p.Key).ToArray()) peers.Remove(old);
        if (peers.Count >= MaxPeers) peers.Remove(peers.MinBy(p => p.Value.Values.Max(e => e.Until)).Key);
    }

    private sealed class Entry(Backoff backoff)
    {
        public Backoff Backoff { get; } = backoff;

        public TimeSpan Until { get; set; }

        public string Reason { get; set; } = "";

        public bool IsOver(TimeSpan now, TimeSpan quiet) => now - Until > quiet;
    }
}
