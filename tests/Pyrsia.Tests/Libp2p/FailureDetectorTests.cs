using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

public sealed class FailureDetectorTests
{
    private static readonly HeartbeatOptions Options = new();

    private static TimeSpan S(double seconds) => TimeSpan.FromSeconds(seconds);

    [Fact]
    public void The_defaults_suspect_before_three_and_give_up_before_ten_seconds()
    {
        Assert.True(Options.SuspectAfter + Options.SuspectAfter / 10 < S(3));
        Assert.Equal(S(9), Options.DeadAfter);
        Assert.True(Options.Interval * 3 < Options.SuspectAfter + Options.Interval);
    }

    [Fact]
    public void A_silent_peer_is_suspected_then_dead()
    {
        var detector = new FailureDetector(Options, S(0));
        for (var t = 0.0; t < 2.5; t += 0.25) Step(detector, 0, t, PeerState.Alive);
        for (var t = 2.5; t < 9; t += 0.25) Step(detector, 0, t, PeerState.Suspected);
        Step(detector, 0, 9, PeerState.Dead);
        Step(detector, 10, 10.25, PeerState.Dead);
    }

    [Fact]
    public void A_suspected_peer_that_speaks_is_alive_again()
    {
        var detector = new FailureDetector(Options, S(0));
        for (var t = 0.0; t <= 3; t += 0.25) detector.Evaluate(S(0), S(t));
        Assert.Equal(PeerState.Suspected, detector.State);
        Step(detector, 3.1, 3.25, PeerState.Alive);
        Assert.Equal(S(5.6), detector.NextDeadline);
    }

    [Fact]
    public void After_a_standstill_of_this_process_peers_get_time_to_speak()
    {
        var detector = new FailureDetector(Options, S(0));
        Step(detector, 0, 0.25, PeerState.Alive);
        Step(detector, 0, 3600, PeerState.Alive);
        Step(detector, 3600.5, 3600.6, PeerState.Alive);
        for (var t = 3600.75; t < 3603; t += 0.25) Step(detector, 3600.5, t, PeerState.Alive);
        Step(detector, 3600.5, 3603.1, PeerState.Suspected);
    }

    [Fact]
    public void A_shorter_dead_time_shortens_the_others()
    {
        var fast = HeartbeatOptions.ForDeadAfter(S(1));
        Assert.Equal((S(0.1), S(0.35), S(1)), (fast.Interval, fast.SuspectAfter, fast.DeadAfter));
        _ = new FailureDetector(fast, S(0));
        Assert.Throws<ArgumentException>(() => new FailureDetector(Options with { Interval = S(3) }, S(0)));
    }

    private static void Step(FailureDetector detector, double heard, double now, PeerState expected)
    {
        detector.Evaluate(S(heard), S(now));
        Assert.Equal(expected, detector.State);
    }
}
