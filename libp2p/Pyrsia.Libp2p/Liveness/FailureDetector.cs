namespace Pyrsia.Libp2p;

/// <summary>Judges one connection by the time since bytes last arrived, and says when to ask for some. A value: the clock is an argument.
/// Whatever arrives is a sign of life, also a ping of the other end. So one end leads and asks, and the other answers; it asks only when it is not asked,
/// as many peers never ask. TCP loses no question, so that none is repeated before something arrived. A question comes as late as leaves its answer
/// the time that it may need, judged by the answers before: who answers fast is asked half as often.</summary>
internal sealed class FailureDetector
{
    /// <summary>Age of the last question after which there is another, whatever was heard: its answer is what the round trip is known by.
    /// Paths seldom change, and an end that only answers would else know it from the first day.</summary>
    internal static readonly TimeSpan RoundTripAge = TimeSpan.FromSeconds(30);

    /// <summary>Round trips until an answer is here although the question, or the answer, was lost twice: TCP sends again after one, then after two more, and the answer takes the last.</summary>
    private const int AnswerRoundTrips = 4;

    /// <summary>What comes on top of those: TCP waits at least 200 ms longer, then 400 ms, and both ends' processes may be kept waiting as well.</summary>
    private static readonly TimeSpan AnswerTime = TimeSpan.FromMilliseconds(900);

    /// <summary>Intervals of silence after which a peer is asked however fast it answers, so that options which allow minutes of silence do not leave it unasked for as long.</summary>
    private const int MaxQuietIntervals = 2;

    /// <summary>Part of a slow answer that is still reckoned with a question later: a peer that stood still once may again, for some ten questions.</summary>
    private const double SlowPart = 0.75;

    /// <summary>Part of the interval that the end that does not lead waits longer, beside a round trip: more than the lead's looks are apart.</summary>
    private const int LeadParts = 9;

    /// <summary>Part of the time between a question and suspicion that this end may wait longer for the lead, so that an answer always has the rest.</summary>
    private const int PatienceParts = 8;

    /// <summary>Looks per interval at a peer that is suspected, so that its return is seen soon.</summary>
    private const int SuspectedLooks = 4;

    private readonly HeartbeatOptions options;
    private readonly bool leads;
    private TimeSpan heard;
    private TimeSpan evaluated;
    private TimeSpan asked;
    private TimeSpan slowest;
    private bool owed = true;

    /// <summary>Begins with a connection; whoever makes it asks at once, for the first round trip.</summary>
    /// <param name="options">The times.</param>
    /// <param name="leads">This end asks, and the other one answers: true at one end of a connection.</param>
    /// <param name="now">The connection's clock.</param>
    public FailureDetector(HeartbeatOptions options, bool leads, TimeSpan now)
    {
        options.Validate();
        this.options = options;
        this.leads = leads;
        heard = evaluated = asked = now;
    }

    public PeerState State { get; private set; }

    /// <summary>When the state changes next if the peer stays silent.</summary>
    public TimeSpan NextDeadline => State == PeerState.Alive ? heard + options.SuspectAfter : heard + options.DeadAfter;

    /// <summary>Brings the state up to date.</summary>
    /// <param name="lastReceived">When bytes last arrived.</param>
    /// <param name="now">The same clock.</param>
    /// <returns>The state before, so that the caller sees a change.</returns>
    public PeerState Evaluate(TimeSpan lastReceived, TimeSpan now)
    {
        var before = State;
        // If this process itself stood still (suspended machine, starved scheduler), the silence was ours: grant the peers a new interval to speak.
        var pause = now - evaluated;
        if (pause > options.SuspectAfter) Hear(now - options.Interval);
        evaluated = now;
        Hear(lastReceived);
        if (State == PeerState.Dead) return before;
        var silence = now - heard;
        State = silence >= options.DeadAfter ? PeerState.Dead : silence >= options.SuspectAfter ? PeerState.Suspected : PeerState.Alive;
        return before;
    }

    /// <summary>Whether to ask the peer for a sign of life at the time of the last evaluation; the question counts as asked then.</summary>
    /// <param name="roundTrip">Last measured round trip, zero when there is none.</param>
    public bool Asks(TimeSpan roundTrip)
    {
        if (owed || State == PeerState.Dead || evaluated < NextQuestion(roundTrip)) return false;
        slowest = Max(roundTrip, slowest * SlowPart);
        asked = evaluated;
        owed = true;
        return true;
    }

    /// <summary>When to evaluate again at the latest: the state changes or a question is due no earlier.</summary>
    /// <param name="roundTrip">As in <see cref="Asks"/>.</param>
    public TimeSpan NextLook(TimeSpan roundTrip)
    {
        var pause = State == PeerState.Suspected ? options.Interval / SuspectedLooks : options.Interval;
        return Min(NextDeadline, owed ? evaluated + pause : NextQuestion(roundTrip));
    }

    private TimeSpan NextQuestion(TimeSpan roundTrip)
    {
        var quiet = Quiet(roundTrip);
        var patience = leads ? TimeSpan.Zero : Min((options.Interval / LeadParts) + roundTrip, (options.SuspectAfter - quiet) / PatienceParts);
        return Min(heard + quiet + patience, asked + RoundTripAge);
    }

    /// <summary>Silence after which the peer is asked; the shortest until it has answered once.</summary>
    private TimeSpan Quiet(TimeSpan roundTrip)
    {
        if (roundTrip == TimeSpan.Zero) return options.Interval;
        var latest = options.SuspectAfter - AnswerTime - (Max(roundTrip, slowest) * AnswerRoundTrips);
        return Max(options.Interval, Min(latest, options.Interval * MaxQuietIntervals));
    }

    private void Hear(TimeSpan when)
    {
        if (when <= heard) return;
        heard = when;
        if (when > asked) owed = false;
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
