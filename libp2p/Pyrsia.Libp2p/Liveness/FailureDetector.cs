namespace Pyrsia.Libp2p;

/// <summary>Judges one connection by the time since bytes last arrived. A value: the clock is an argument.
/// Pings make a live peer speak at least once per interval, so silence is the sign of death.</summary>
internal sealed class FailureDetector
{
    private readonly HeartbeatOptions options;
    private TimeSpan heard;
    private TimeSpan evaluated;

    public FailureDetector(HeartbeatOptions options, TimeSpan now)
    {
        options.Validate();
        this.options = options;
        heard = evaluated = now;
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
        if (pause > options.SuspectAfter) heard = Max(heard, now - options.Interval);
        evaluated = now;
        heard = Max(heard, lastReceived);
        if (State == PeerState.Dead) return before;
        var silence = now - heard;
        State = silence >= options.DeadAfter ? PeerState.Dead : silence >= options.SuspectAfter ? PeerState.Suspected : PeerState.Alive;
        return before;
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
