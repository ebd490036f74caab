namespace Pyrsia.Libp2p;

/// <summary>Who has a reservation and which circuits stand: decides, and touches neither network nor clock. Not thread-safe.</summary>
internal sealed class RelayTable(RelayOptions options)
{
    private readonly Dictionary<PeerId, (NetworkPrefix Ip, DateTimeOffset Expire)> reservations = [];
    private readonly Dictionary<PeerId, int> ends = [];
    private int circuits;

    /// <summary>True while the peer's reservation holds.</summary>
    public bool HasReservation(PeerId peer, DateTimeOffset now) => reservations.TryGetValue(peer, out var held) && held.Expire > now;

    /// <summary>Gives or refreshes a reservation.</summary>
    /// <param name="peer">Who asks.</param>
    /// <param name="ip">The machine that it asks from.</param>
    /// <param name="now">The time.</param>
    /// <param name="expire">Until when it holds.</param>
    public RelayStatus Reserve(PeerId peer, NetworkPrefix ip, DateTimeOffset now, out DateTimeOffset expire)
    {
        expire = now + options.ReservationLifetime;
        foreach (var (old, _) in reservations.Where(r => r.Value.Expire <= now).ToArray()) reservations.Remove(old);
        var others = reservations.Where(r => r.Key != peer).ToArray();
        if (others.Length >= options.MaxReservations || others.Count(r => r.Value.Ip == ip) >= options.MaxReservationsPerIp) return RelayStatus.ReservationRefused;
        reservations[peer] = (ip, expire);
        return RelayStatus.Ok;
    }

    /// <summary>A reservation ends with the connection.</summary>
    public void Forget(PeerId peer) => reservations.Remove(peer);

    /// <summary>Counts a circuit that begins; <see cref="End"/> must follow when the answer is Ok.</summary>
    public RelayStatus Begin(PeerId source, PeerId target, DateTimeOffset now)
    {
        if (source == target) return RelayStatus.PermissionDenied;
        if (!HasReservation(target, now)) return RelayStatus.NoReservation;
        if (circuits >= options.MaxCircuits || ends.GetValueOrDefault(source) >= options.MaxCircuitsPerPeer || ends.GetValueOrDefault(target) >= options.MaxCircuitsPerPeer)
            return RelayStatus.ResourceLimitExceeded;
        circuits++;
        ends[source] = ends.GetValueOrDefault(source) + 1;
        ends[target] = ends.GetValueOrDefault(target) + 1;
        return RelayStatus.Ok;
    }

    /// <summary>A circuit ended.</summary>
    public void End(PeerId source, PeerId target)
    {
        circuits--;
        foreach (var end in (PeerId[])[source, target])
            if (--ends[end] == 0) ends.Remove(end);
    }
}
