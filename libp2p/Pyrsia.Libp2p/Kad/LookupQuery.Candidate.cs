using System.Runtime.InteropServices;

namespace Pyrsia.Libp2p;

internal sealed partial class LookupQuery
{
    private enum CandidateState
    {
        Heard,
        Waiting,
        Stalled,
        Answered,
        Failed,
    }

    private sealed class Candidate
    {
        /// <summary>Networks that are remembered of one peer: what others say of it, not what it is.</summary>
        private const int MaxPrefixes = 4;

        private readonly List<NetworkPrefix> prefixes = [];
        private readonly KadKey key;

        public Candidate(PeerId peer, KadKey target, int depth)
        {
            Peer = peer;
            key = KadKey.Of(peer);
            Distance = key.DistanceTo(target);
            Depth = depth;
        }

        public PeerId Peer { get; }

        public KadKey Distance { get; }

        /// <summary>1 for a peer of our own table, one more than the peer that named it for others.</summary>
        public int Depth { get; }

        public CandidateState State { get; set; }

        /// <summary>The path that asked it.</summary>
        public Path? Path { get; set; }

        /// <summary>Networks that it is said to be in; once it answered, the one that it is in.</summary>
        public ReadOnlySpan<NetworkPrefix> Prefixes => CollectionsMarshal.AsSpan(prefixes);

        public KadContact Contact => new(Peer, key, prefixes.Count > 0 ? prefixes[0] : null);

        /// <summary>What others say of it may still matter.</summary>
        public bool IsOpen => State is CandidateState.Heard or CandidateState.Failed;

        /// <summary>It is said to be in a network. A liar may have named it at a wrong place before, where it failed or seemed one too many: another place is another chance.</summary>
        public void Hear(NetworkPrefix? prefix)
        {
            if (prefix is not { } named || prefixes.Count == MaxPrefixes || prefixes.Contains(named)) return;
            prefixes.Add(named);
            State = CandidateState.Heard;
        }

        /// <summary>It answered from there.</summary>
        public void StandsIn(NetworkPrefix? prefix)
        {
            prefixes.Clear();
            if (prefix is { } real) prefixes.Add(real);
        }
    }

    /// <summary>One of the disjoint paths: the peers that it heard of by their distance, and its open questions.</summary>
    private sealed class Path
    {
        public SortedList<KadKey, Candidate> Candidates { get; } = [];

        public int Waiting { get; set; }
    }
}
