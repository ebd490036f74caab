namespace Pyrsia.Libp2p;

/// <summary>Judges one connection by the time since bytes last arrived, and says when to ask for some. A value: the clock is an argument.
/// Whatever arrives is a sign of life, also a ping of the other end. So one end leads and asks, and the other answers; it asks only when it is not asked,
/// as many peers never ask. An end with many connections asks a little earlier than the one that leads would. TCP loses no question, so that none is repeated before something arrived.</summary>
internal sealed class FailureDetector
{
    /// <summary>Age of the last question after which there is another, whatever was heard: its answer is what the round trip is known by.
    /// Paths seldom change, and an end that only answers would else know it from the first day.</summary>
    internal static readonly TimeSpan RoundTripAge = TimeSpan.FromSeconds(30);

    /// <summary>Part of the interval that the end that does not lead waits longer, beside a round trip: more than the lead's timer is late.</summary>
    private const int LeadParts = 10;

    /// <summary>Part of the time between a question and suspicion that this end may wait longer for the lead, so that an answer always has the rest.</summary>
    private const int PatienceParts = 8;

    /// <summary>Looks per interval at a peer that is suspected, so that its return is seen soon.</summary>
    private const int SuspectedLooks = 4;

    private readonly HeartbeatOptions options;
    private readonly bool leads;
    private TimeSpan heard;
    private TimeSpan evaluated;
    private TimeSpan asked;
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

    /// <summary>This end has many connections, and asks where it would only answer: one look asks many of them, and the answers come together, while each question of the others wakes threads for itself.</summary>
    public bool HasMany { get; set; }

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
        asked = evaluated;
        owed = true;
        return true;
    }

    /// <summary>When to evaluate again at the latest: the state changes or a question is due no earlier.</summary>
    /// <param name="roundTrip">As in <see cref="Asks"/>.</param>
    public TimeSpan NextLook(TimeSpan roundTrip)
    {
        var pause = State == PeerState.Suspected ? options.Interval / SuspectedLooks : options.Interval;
        return Min(NextDeadline, owed ? evaluated + pause + Min(Patience(roundTrip), TimeSpan.Zero) : NextQuestion(roundTrip));
    }

    private TimeSpan NextQuestion(TimeSpan roundTrip) => Min(heard + options.Interval + Patience(roundTrip), asked + RoundTripAge);

    /// <summary>What this end waits longer than the interval; less than nothing where it asks before the end that leads.</summary>
    private TimeSpan Patience(TimeSpan roundTrip)
    {
        if (leads) return TimeSpan.Zero;
        var patience = Min((options.Interval / LeadParts) + roundTrip, (options.SuspectAfter - options.Interval) / PatienceParts);
        return HasMany ? -patience : patience;
    }

    private void Hear(TimeSpan when)
    {
        if (when <= heard) return;
        heard = when;
        if (when > asked) owed = false;
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
