namespace Pyrsia.Content.Exchange;

/// <summary>
/// Decides which peer is asked for which chunks of one download. Pure: told what happens and when, it answers what to ask next.
/// </summary>
/// <remarks>
/// Chunks are given out lowest first, because a client reads them in order. A chunk that has been on its way for long is given to
/// an idle peer as well; the first right answer wins. Whoever times out, breaks off or is suspected loses its chunks to the others.
/// Time is a number of milliseconds that never goes back.
/// </remarks>
/// <typeparam name="TPeer">What names a peer.</typeparam>
public sealed class SwarmScheduler<TPeer>
    where TPeer : notnull
{
    private sealed class Peer
    {
        internal Func<int, bool> Has { get; set; } = _ => true;

        internal List<(int Chunk, long Since)> InFlight { get; } = [];

        internal long NotBefore { get; set; } = long.MinValue;

        internal int Run { get; set; } = 1;

        internal HashSet<int> Lacks { get; } = [];
    }

    private readonly Dictionary<TPeer, Peer> _peers = [];
    private readonly bool[] _done;
    private readonly int[] _asked;
    private readonly long _hedgeAfter;
    private readonly long _backOff;
    private int _lowest;
    private int _left;

    /// <summary>Begins a download.</summary>
    /// <param name="chunkCount">Number of chunks.</param>
    /// <param name="isPresent">Whether a chunk is there already.</param>
    /// <param name="options">Pace.</param>
    public SwarmScheduler(int chunkCount, Func<int, bool> isPresent, ExchangeOptions options)
    {
        _done = new bool[chunkCount];
        _asked = new int[chunkCount];
        _left = chunkCount;
        _hedgeAfter = (long)options.HedgeAfter.TotalMilliseconds;
        _backOff = (long)options.PeerBackOff.TotalMilliseconds;
        for (var i = 0; i < chunkCount; i++) if (isPresent(i)) MarkDone(i);
    }

    /// <summary>Whether every chunk has arrived.</summary>
    public bool IsDone => _left == 0;

    /// <summary>The peers taking part.</summary>
    public IReadOnlyCollection<TPeer> Peers => _peers.Keys;

    /// <summary>Adds a peer, or says anew what it has.</summary>
    public void AddPeer(TPeer id, Func<int, bool> has)
    {
        if (!_peers.TryGetValue(id, out var peer)) _peers[id] = peer = new Peer();
        peer.Has = has;
        peer.Lacks.Clear();
    }

    /// <summary>Takes a peer out for good, and its chunks back.</summary>
    public void RemovePeer(TPeer id)
    {
        if (_peers.Remove(id, out var peer)) Release(peer);
    }

    /// <summary>What to ask this peer for next; null when there is nothing it could bring now.</summary>
    public ChunkRun? Next(TPeer id, long now)
    {
        if (!_peers.TryGetValue(id, out var peer) || now < peer.NotBefore) return null;
        for (var i = _lowest; i < _done.Length; i++)
        {
            if (!IsFree(peer, i)) continue;
            var count = 1;
            while (count < peer.Run && i + count < _done.Length && IsFree(peer, i + count)) count++;
            return Give(peer, new ChunkRun(i, count), now);
        }
        foreach (var (chunk, since) in _peers.Values.Where(p => p != peer).SelectMany(p => p.InFlight).OrderBy(f => f.Since))
        {
            if (now - since < _hedgeAfter) break;
            if (!_done[chunk] && peer.Has(chunk) && !peer.Lacks.Contains(chunk) && !peer.InFlight.Exists(f => f.Chunk == chunk)) return Give(peer, new ChunkRun(chunk, 1), now);
        }
        return null;
    }

    /// <summary>A chunk has arrived from a peer and is right.</summary>
    public void Arrived(TPeer id, int chunk)
    {
        if (_peers.TryGetValue(id, out var peer))
        {
            Take(peer, chunk);
            peer.Run = Math.Min(peer.Run + 1, ExchangeOptions.MaxRun);
        }
        if (!_done[chunk]) MarkDone(chunk);
    }

    /// <summary>A peer says that it does not hold a chunk, or holds it no more.</summary>
    public void Lacks(TPeer id, int chunk)
    {
        if (!_peers.TryGetValue(id, out var peer)) return;
        peer.Lacks.Add(chunk);
        Take(peer, chunk);
    }

    /// <summary>A peer timed out, broke off or is suspected: its chunks go to others, and it rests for a while.</summary>
    public void Failed(TPeer id, long now)
    {
        if (!_peers.TryGetValue(id, out var peer)) return;
        Release(peer);
        peer.NotBefore = now + _backOff;
        peer.Run = 1;
    }

    /// <summary>Gives back chunks of a run that will not come after all, without blame.</summary>
    public void GiveBack(TPeer id, ChunkRun run)
    {
        if (!_peers.TryGetValue(id, out var peer)) return;
        for (var i = run.First; i < run.First + run.Count; i++) Take(peer, i);
    }

    private bool IsFree(Peer peer, int chunk) => !_done[chunk] && _asked[chunk] == 0 && peer.Has(chunk) && !peer.Lacks.Contains(chunk);

    private ChunkRun Give(Peer peer, ChunkRun run, long now)
    {
        for (var i = run.First; i < run.First + run.Count; i++)
        {
            peer.InFlight.Add((i, now));
            _asked[i]++;
        }
        return run;
    }

    private void Take(Peer peer, int chunk)
    {
        var index = peer.InFlight.FindIndex(f => f.Chunk == chunk);
        if (index < 0) return;
        peer.InFlight.RemoveAt(index);
        _asked[chunk]--;
    }

    private void Release(Peer peer)
    {
        foreach (var (chunk, _) in peer.InFlight) _asked[chunk]--;
        peer.InFlight.Clear();
    }

    private void MarkDone(int chunk)
    {
        _done[chunk] = true;
        _left--;
        while (_lowest < _done.Length && _done[_lowest]) _lowest++;
    }
}
