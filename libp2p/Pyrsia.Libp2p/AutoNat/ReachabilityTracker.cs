namespace Pyrsia.Libp2p;

/// <summary>Which of this host's addresses are reached from outside, from what servers answered: decides, and touches neither network nor clock. Not thread-safe.
/// The last answer of each neighbourhood of servers counts, for a time; one that was decided stays so until the contrary is.</summary>
internal sealed class ReachabilityTracker
{
    /// <summary>Answers that agree, beyond which nobody is asked for more: the specification's "more than 3".</summary>
    public const int Confirmations = 4;

    /// <summary>Addresses that are kept; a host has few, and observers may invent more.</summary>
    public const int MaxAddresses = 16;

    /// <summary>Answers that are kept for one address.</summary>
    public const int MaxAnswers = 64;

    /// <summary>How long an answer counts. Longer than two rounds of questions, shorter than a day, in which many networks get a new address.</summary>
    public static readonly TimeSpan AnswerLifetime = TimeSpan.FromHours(1);

    private readonly Dictionary<Multiaddr, Candidate> candidates = [];

    /// <summary>Addresses that are reached from outside.</summary>
    public IReadOnlyList<Multiaddr> Public => [.. candidates.Where(c => c.Value.Verdict == Reachability.Public).Select(c => c.Key)];

    /// <summary>Public with one public address; private when no address is and one is known not to be.</summary>
    public Reachability Verdict =>
        candidates.Values.Any(c => c.Verdict == Reachability.Public) ? Reachability.Public
        : candidates.Values.Any(c => c.Verdict == Reachability.Private) ? Reachability.Private
        : Reachability.Unknown;

    /// <summary>Says which addresses there are now, the most likely first; what is known of others is forgotten.</summary>
    public void SetCandidates(IReadOnlyList<Multiaddr> addresses)
    {
        var kept = addresses.Distinct().Take(MaxAddresses).ToHashSet();
        foreach (var gone in candidates.Keys.Where(a => !kept.Contains(a)).ToArray()) candidates.Remove(gone);
        foreach (var address in kept) candidates.TryAdd(address, new Candidate());
    }

    /// <summary>Whether to ask a server about an address now; when true it counts as asked.</summary>
    /// <param name="address">The address.</param>
    /// <param name="server">The neighbourhood of the server.</param>
    /// <param name="interval">Time between two questions about the same.</param>
    /// <param name="now">The time.</param>
    public bool TryAsk(Multiaddr address, NetworkPrefix server, TimeSpan interval, DateTimeOffset now)
    {
        if (!candidates.TryGetValue(address, out var candidate)) return false;
        foreach (var (old, _) in candidate.Asked.Where(a => a.Value + interval <= now).ToArray()) candidate.Asked.Remove(old);
        return candidate.Asked.Count < MaxAnswers && candidate.Answers.Values.Count(a => a.At + interval > now) < Confirmations && candidate.Asked.TryAdd(server, now);
    }

    /// <summary>Takes an answer about one address.</summary>
    /// <param name="address">The address; one that is no candidate any more is ignored.</param>
    /// <param name="server">The neighbourhood of the server.</param>
    /// <param name="reached">It was reached.</param>
    /// <param name="servers">Neighbourhoods that can be asked: in a small network all of them decide where the specification wants more.</param>
    /// <param name="now">The time.</param>
    public void Report(Multiaddr address, NetworkPrefix server, bool reached, int servers, DateTimeOffset now)
    {
        if (!candidates.TryGetValue(address, out var candidate)) return;
        foreach (var (old, _) in candidate.Answers.Where(a => a.Value.At + AnswerLifetime <= now).ToArray()) candidate.Answers.Remove(old);
        if (candidate.Answers.Count >= MaxAnswers && !candidate.Answers.ContainsKey(server)) candidate.Answers.Remove(candidate.Answers.MinBy(a => a.Value.At).Key);
        candidate.Answers[server] = (reached, now);
        var yes = candidate.Answers.Values.Count(a => a.Reached);
        var no = candidate.Answers.Count - yes;
        var needed = Math.Clamp(servers, 1, Confirmations);
        if (yes >= needed && yes > no) candidate.Verdict = Reachability.Public;
        else if (no >= needed && no > yes) candidate.Verdict = Reachability.Private;
    }

    private sealed class Candidate
    {
        public Dictionary<NetworkPrefix, (bool Reached, DateTimeOffset At)> Answers { get; } = [];

        public Dictionary<NetworkPrefix, DateTimeOffset> Asked { get; } = [];

        public Reachability Verdict { get; set; }
    }
}
