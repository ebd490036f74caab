namespace Pyrsia.Libp2p;

/// <summary>One iterative lookup as a value: it says whom to ask, is told what came of it, and ends when the k closest peers that did not fail have answered.
/// https://github.com/libp2p/specs/blob/master/kad-dht/README.md#peer-routing</summary>
/// <remarks>It goes over several paths at once (S/Kademlia): a peer is asked by one path, and only that path hears whom it names, so that a liar leads one path astray and not all.
/// On each path a network has no more than its share of the k closest.</remarks>
internal sealed partial class LookupQuery
{
    /// <summary>Peers that one path remembers; liars could otherwise make it grow for ever. Beyond it the farthest goes.</summary>
    public const int MaxCandidatesPerPath = 256;

    private readonly KadKey target;
    private readonly PeerId self;
    private readonly KadOptions options;
    private readonly Path[] paths;
    private readonly PrefixQuota quota;
    private readonly Dictionary<PeerId, Candidate> known = [];
    private int waiting;
    private int stalled;

    /// <summary>Begins a lookup.</summary>
    /// <param name="target">What is looked for.</param>
    /// <param name="self">Never asked.</param>
    /// <param name="start">Where to begin, nearest first; dealt out to the paths.</param>
    /// <param name="options">Parameters.</param>
    public LookupQuery(KadKey target, PeerId self, IReadOnlyList<KadContact> start, KadOptions options)
    {
        this.target = target;
        this.self = self;
        this.options = options;
        paths = [.. Enumerable.Range(0, Math.Max(1, Math.Min(options.DisjointPaths, start.Count))).Select(_ => new Path())];
        quota = new PrefixQuota(options.MaxPerPrefix);
        for (var i = 0; i < start.Count; i++) Hear(paths[i % paths.Length], start[i].Peer, 1).Hear(start[i].Prefix);
    }

    /// <summary>Peers that were asked, whether they answered or not.</summary>
    public int Asked { get; private set; }

    /// <summary>Nobody is left to ask and to wait for, or the k closest have answered.</summary>
    public bool IsFinished => waiting == 0 && !paths.Any(p => FindNext(p) is not null) && (stalled == 0 || Closest().Count >= options.BucketSize);

    /// <summary>The next peer to ask, or null when enough questions are open or nobody is left.</summary>
    public PeerId? Next()
    {
        if (waiting >= options.Concurrency) return null;
        // The path with the fewest open questions first: none waits for another that is led in circles.
        foreach (var path in paths.OrderBy(p => p.Waiting))
        {
            if (FindNext(path) is not { } next) continue;
            next.State = CandidateState.Waiting;
            next.Path = path;
            path.Waiting++;
            waiting++;
            Asked++;
            return next.Peer;
        }
        return null;
    }

    /// <summary>A peer answered with peers it thinks closer.</summary>
    /// <param name="peer">Who was asked.</param>
    /// <param name="prefix">The network that it really answered from.</param>
    /// <param name="closer">Whom it named.</param>
    public void Answered(PeerId peer, NetworkPrefix? prefix, IEnumerable<PeerAddresses> closer)
    {
        if (Settle(peer, CandidateState.Answered) is not { } candidate) return;
        candidate.StandsIn(prefix);
        foreach (var named in closer.Take(options.BucketSize))
        {
            if (named.Peer == self) continue;
            var heard = Hear(candidate.Path!, named.Peer, candidate.Depth + 1);
            if (heard.IsOpen)
                foreach (var address in named.Addresses) heard.Hear(NetworkPrefix.Of(address));
        }
    }

    /// <summary>A peer did not answer, or badly.</summary>
    public void Failed(PeerId peer) => Settle(peer, CandidateState.Failed);

    /// <summary>A peer takes long: others are asked meanwhile, and its answer still counts.</summary>
    public void Stalled(PeerId peer)
    {
        if (!known.TryGetValue(peer, out var candidate) || candidate.State != CandidateState.Waiting) return;
        Settle(peer, CandidateState.Stalled);
        stalled++;
    }

    /// <summary>The closest peers that answered, closest first.</summary>
    public IReadOnlyList<KadContact> Closest() => PrefixQuota.Select(
        known.Values.Where(c => c.State == CandidateState.Answered).OrderBy(c => c.Distance)
            .Select(c => c.Contact),
        options.BucketSize,
        options.MaxPerPrefix);

    /// <summary>How many peers stand between us and a peer that was named: 1 for one of our own table.</summary>
    public int DepthOf(PeerId peer) => known.TryGetValue(peer, out var candidate) ? candidate.Depth : 0;

    private Candidate? FindNext(Path path)
    {
        var standing = 0;
        quota.Clear();
        List<Candidate>? beyond = null;
        for (var i = 0; i < path.Candidates.Count; i++)
        {
            var candidate = path.Candidates.GetValueAtIndex(i);
            if (candidate.State is CandidateState.Failed or CandidateState.Stalled) continue;
            if (!quota.TryTake(candidate.Prefixes)) (beyond ??= []).Add(candidate);
            else if (candidate.State == CandidateState.Heard) return candidate;
            else if (++standing == options.BucketSize) return null;
        }
        foreach (var candidate in beyond ?? [])
        {
            if (candidate.State == CandidateState.Heard) return candidate;
            if (++standing == options.BucketSize) return null;
        }
        return null;
    }

    private Candidate? Settle(PeerId peer, CandidateState state)
    {
        if (!known.TryGetValue(peer, out var candidate)) return null;
        if (candidate.State == CandidateState.Stalled)
        {
            stalled--;
        }
        else
        {
            if (candidate.State != CandidateState.Waiting) return null;
            waiting--;
            candidate.Path!.Waiting--;
        }
        candidate.State = state;
        return candidate;
    }

    private Candidate Hear(Path path, PeerId peer, int depth)
    {
        if (!known.TryGetValue(peer, out var candidate)) known.Add(peer, candidate = new Candidate(peer, target, depth));
        var candidates = path.Candidates;
        candidates.TryAdd(candidate.Distance, candidate);
        if (candidates.Count <= MaxCandidatesPerPath) return candidate;
        var farthest = candidates.GetValueAtIndex(candidates.Count - 1);
        candidates.RemoveAt(candidates.Count - 1);
        if (farthest.State == CandidateState.Heard && !paths.Any(p => p.Candidates.ContainsKey(farthest.Distance))) known.Remove(farthest.Peer);
        return candidate;
    }
}
