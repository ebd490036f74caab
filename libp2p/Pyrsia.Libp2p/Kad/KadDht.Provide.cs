namespace Pyrsia.Libp2p;

public sealed partial class KadDht
{
    /// <summary>Announces that this peer holds the key, and again before the records are lost and whenever the network grew before enough peers took it.</summary>
    /// <returns>Peers that took the record; 0 when nobody is there yet, which is made good later.</returns>
    public async Task<int> ProvideAsync(Multihash key, CancellationToken cancellationToken = default)
    {
        lock (gate) state.Provisions.Add(key);
        return await AnnounceAsync([key], cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Stops announcing the key; records that others hold run out by themselves.</summary>
    public void StopProviding(Multihash key)
    {
        lock (gate) state.Provisions.Remove(key);
    }

    /// <summary>Announces keys region by region.</summary>
    /// <returns>Peers that took the record of the last one.</returns>
    private async Task<int> AnnounceAsync(IReadOnlyList<Multihash> keys, CancellationToken cancellationToken)
    {
        var sweep = new ProvideSweep(keys, options);
        var count = 0;
        while (sweep.TryNext(out var next))
        {
            long version;
            lock (gate) version = state.Table.Version;
            var nearest = await LookupAsync(new KadMessage(KadMessageType.FindNode, next.Bytes), (_, _) => true, cancellationToken).ConfigureAwait(false);
            var placed = sweep.Place(next, nearest);
            var byPeer = placed.SelectMany(p => p.Holders.Select(h => (h.Peer, p.Key))).GroupBy(p => p.Peer, p => p.Key);
            var told = await Task.WhenAll(byPeer.Select(async p => await client.AnnounceAsync(p.Key, [.. p], cancellationToken).ConfigureAwait(false) ? p.ToArray() : [])).ConfigureAwait(false);
            var holders = told.SelectMany(k => k).CountBy(k => k).ToDictionary();
            foreach (var (key, _) in placed)
            {
                count = holders.GetValueOrDefault(key);
                lock (gate) state.Provisions.Placed(key, count, host.Time.GetUtcNow(), version);
            }
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
            // While its connection stands a peer belongs into the table, also one that failed once, and is not stale.
            foreach (var peer in host.Peers.Where(p => p.State == PeerState.Alive && p.Protocols.Count > 0)) Consider(peer);
            var now = host.Time.GetUtcNow();
            IReadOnlyList<Multihash> due;
            IReadOnlyList<PeerId> stale;
            lock (gate)
            {
                state.RemoveExpired(now);
                due = state.Provisions.Due(now, state.Table.Version);
                stale = state.Table.Stale(now);
            }
            await Parallel.ForEachAsync(stale, new ParallelOptions { MaxDegreeOfParallelism = ConcurrentChecks, CancellationToken = linked.Token }, CheckAsync).ConfigureAwait(false);
            await AnnounceAsync(due, linked.Token).ConfigureAwait(false);
            if (now < nextRefresh) continue;
            nextRefresh = now + options.RefreshInterval;
            await BootstrapAsync(linked.Token).ConfigureAwait(false);
        }
    }

    /// <summary>Looks whether a member that was not seen for long is there; identify then tells whether it still serves the DHT.</summary>
    private async ValueTask CheckAsync(PeerId peer, CancellationToken cancellationToken)
    {
        try
        {
            await host.ConnectAsync(peer, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or TimeoutException)
        {
            OnFailure(peer);
        }
    }
}
