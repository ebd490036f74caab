namespace Pyrsia.Libp2p;

public sealed partial class Libp2pHost
{
    private readonly Dictionary<PeerId, (DateTimeOffset Until, string Reason)> bans = [];

    /// <summary>Closes the peer's connections and refuses new ones, in both directions, for the given time.</summary>
    public void Ban(PeerId peer, string reason, TimeSpan duration)
    {
        PeerConnection[] open;
        lock (gate)
        {
            if (bans.Count >= options.MaxBans && !bans.ContainsKey(peer)) bans.Remove(bans.MinBy(b => b.Value.Until).Key);
            bans[peer] = (time.GetUtcNow() + duration, reason);
            open = connections.TryGetValue(peer, out var list) ? [.. list] : [];
        }
        foreach (var connection in open) connection.Muxed.Abort(new PeerRefusedException($"{peer} was banned: {reason}"));
    }

    /// <summary>Lifts a ban.</summary>
    public void Unban(PeerId peer)
    {
        lock (gate) bans.Remove(peer);
    }

    /// <summary>True while the peer is banned.</summary>
    public bool IsBanned(PeerId peer)
    {
        lock (gate)
        {
            if (!bans.TryGetValue(peer, out var ban)) return false;
            if (ban.Until > time.GetUtcNow()) return true;
            bans.Remove(peer);
            return false;
        }
    }
}
