namespace Pyrsia.Libp2p;

public sealed partial class KadDht
{
    /// <summary>Announcements that run at once during maintenance; each is a lookup.</summary>
    private const int ConcurrentAnnouncements = 4;

    private readonly Dictionary<Multihash, Provision> provided = [];

    /// <summary>Announces that this peer holds the key, and again before the records expire and whenever the network grew before enough peers took it.</summary>
    /// <returns>Peers that took the record; 0 when nobody is there yet, which is made good later.</returns>
    public async Task<int> ProvideAsync(Multihash key, CancellationToken cancellationToken = default)
    {
        Provision provision;
        lock (gate)
        {
            if (!provided.TryGetValue(key, out provision!)) provided.Add(key, provision = new Provision());
            providers.Add(key, host.Id, host.Time.GetUtcNow());
        }
        return await AnnounceAsync(key, provision, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Stops announcing the key; records that others hold run out by themselves.</summary>
    public void StopProviding(Multihash key)
    {
        lock (gate)
        {
            provided.Remove(key);
            providers.Remove(key, host.Id);
        }
    }

    private async Task<int> AnnounceAsync(Multihash key, Provision provision, CancellationToken cancellationToken)
    {
        long version;
        lock (gate) version = table.Version;
        var closest = await LookupAsync(new KadMessage(KadMessageType.FindNode, key.Bytes), (_, _) => true, cancellationToken).ConfigureAwait(false);
        var placed = await Task.WhenAll(closest.Select(peer => client.AnnounceAsync(peer, key, cancellationToken))).ConfigureAwait(false);
        var count = placed.Count(taken => taken);
        lock (gate)
        {
            provision.Placed = count;
            provision.TableVersion = version;
            provision.NextAnnouncement = host.Time.GetUtcNow() + options.RepublishInterval;
        }
        return count;
    }

    private async Task MaintainAsync(CancellationToken hostStopping)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(hostStopping, stopping.Token);
        using var timer = new PeriodicTimer(options.MaintenanceInterval, host.Time);
        var nextRefresh = host.Time.GetUtcNow() + options.RefreshInterval;
        while (await timer.WaitForNextTickAsync(linked.Token).ConfigureAwait(false))
        {
            // A peer that failed once left the table; while its connection stands it belongs there.
            foreach (var peer in host.Peers.Where(p => p.State == PeerState.Alive && p.Protocols.Count > 0)) Consider(peer.Id, peer.Protocols);
            var now = host.Time.GetUtcNow();
            (Multihash Key, Provision Provision)[] due;
            lock (gate)
            {
                providers.RemoveExpired(now);
                due = [.. provided.Where(p => IsDue(p.Value, now)).Select(p => (p.Key, p.Value))];
                foreach (var (key, _) in due) providers.Add(key, host.Id, now);
            }
            await Parallel.ForEachAsync(due, new ParallelOptions { MaxDegreeOfParallelism = ConcurrentAnnouncements, CancellationToken = linked.Token },
                async (item, ct) => await AnnounceAsync(item.Key, item.Provision, ct).ConfigureAwait(false)).ConfigureAwait(false);
            if (now < nextRefresh) continue;
            nextRefresh = now + options.RefreshInterval;
            await BootstrapAsync(linked.Token).ConfigureAwait(false);
        }
    }

    /// <summary>Due by time, or because peers joined while fewer than k hold the record.</summary>
    private bool IsDue(Provision provision, DateTimeOffset now) =>
        now >= provision.NextAnnouncement || (provision.Placed < options.BucketSize && provision.TableVersion != table.Version);
}
