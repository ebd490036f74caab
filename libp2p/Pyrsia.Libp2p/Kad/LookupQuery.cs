namespace Pyrsia.Libp2p;

/// <summary>One iterative lookup as a value: it says whom to ask, is told what came of it, and ends when the k closest peers that did not fail have answered.
/// https://github.com/libp2p/specs/blob/master/kad-dht/README.md#peer-routing</summary>
internal sealed class LookupQuery
{
    /// <summary>Peers that one lookup remembers; liars could otherwise make it grow for ever.</summary>
    public const int MaxCandidates = 512;

    private readonly SortedList<KadKey, Candidate> candidates = [];
    private readonly HashSet<PeerId> seen;
    private readonly KadKey target;
    private readonly int concurrency;
    private readonly int wanted;
    private int waiting;

    public LookupQuery(KadKey target, PeerId self, IEnumerable<PeerId> start, int concurrency, int wanted)
    {
        this.target = target;
        this.concurrency = concurrency;
        this.wanted = wanted;
        seen = [self];
        foreach (var peer in start) Hear(peer);
    }

    /// <summary>Peers that were asked, whether they answered or not.</summary>
    public int Asked { get; private set; }

    /// <summary>Nobody is left to ask, or the k closest have answered.</summary>
    public bool IsFinished => waiting == 0 && FindNext() is null;

    /// <summary>The next peer to ask, or null when enough questions are open or nobody is left.</summary>
    public PeerId? Next()
    {
        if (waiting >= concurrency || FindNext() is not { } next) return null;
        next.State = CandidateState.Waiting;
        waiting++;
        Asked++;
        return next.Peer;
    }

    /// <summary>A peer answered with peers it thinks closer.</summary>
    public void Answered(PeerId peer, IEnumerable<PeerId> closer)
    {
        if (!Settle(peer, CandidateState.Answered)) return;
        foreach (var heard in closer) Hear(heard);
    }

    /// <summary>A peer did not answer, or badly.</summary>
    public void Failed(PeerId peer) => Settle(peer, CandidateState.Failed);

    /// <summary>The closest peers that answered, closest first.</summary>
    public IReadOnlyList<PeerId> Closest() =>
        [.. candidates.Values.Where(c => c.State == CandidateState.Answered).Take(wanted).Select(c => c.Peer)];

    private Candidate? FindNext()
    {
        var standing = 0;
        foreach (var candidate in candidates.Values)
        {
            if (candidate.State == CandidateState.Heard) return candidate;
            if (candidate.State != CandidateState.Failed && ++standing == wanted) return null;
        }
        return null;
    }

    private bool Settle(PeerId peer, CandidateState state)
    {
        if (!candidates.TryGetValue(KadKey.Of(peer).DistanceTo(target), out var candidate) || candidate.State != CandidateState.Waiting) return false;
        candidate.State = state;
        waiting--;
        return true;
    }

    private void Hear(PeerId peer)
    {
        if (seen.Count > MaxCandidates || !seen.Add(peer)) return;
        candidates.TryAdd(KadKey.Of(peer).DistanceTo(target), new Candidate(peer));
    }

    private enum CandidateState
    {
        Heard,
        Waiting,
        Answered,
        Failed,
    }

    private sealed class Candidate(PeerId peer)
    {
        public PeerId Peer { get; } = peer;

        public CandidateState State { get; set; }
    }
}
