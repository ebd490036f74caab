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
    }

    [Fact]
    public void A_silent_peer_is_suspected_then_dead()
    {
        var detector = Lead(Options);
        for (var t = 0.0; t < 2.7; t += 0.25) Step(detector, 0, t, PeerState.Alive);
        for (var t = 2.75; t < 9; t += 0.25) Step(detector, 0, t, PeerState.Suspected);
        Step(detector, 0, 9, PeerState.Dead);
        Step(detector, 10, 10.25, PeerState.Dead);
    }

    [Fact]
    public void A_suspected_peer_that_speaks_is_alive_again()
    {
        var detector = Lead(Options);
        for (var t = 0.0; t <= 3; t += 0.25) detector.Evaluate(S(0), S(t));
        Assert.Equal(PeerState.Suspected, detector.State);
        Step(detector, 3.1, 3.25, PeerState.Alive);
        Assert.Equal(S(5.8), detector.NextDeadline);
    }

    [Fact]
    public void After_a_standstill_of_this_process_peers_get_time_to_speak()
    {
        var detector = Lead(Options);
        Step(detector, 0, 0.25, PeerState.Alive);
        Step(detector, 0, 3600, PeerState.Alive);
        Step(detector, 3600.5, 3600.6, PeerState.Alive);
        for (var t = 3600.75; t < 3603.2; t += 0.25) Step(detector, 3600.5, t, PeerState.Alive);
        Step(detector, 3600.5, 3603.2, PeerState.Suspected);
    }

    [Fact]
    public void A_shorter_dead_time_shortens_the_others()
    {
        var fast = HeartbeatOptions.ForDeadAfter(S(1));
        Assert.Equal((S(0.1), S(0.35), S(1)), (fast.Interval, fast.SuspectAfter, fast.DeadAfter));
        _ = Lead(fast);
        Assert.Throws<ArgumentException>(() => Lead(Options with { Interval = S(3) }));
    }

    [Theory]
    [InlineData(0.0002, 1.8)]
    [InlineData(0.05, 1.6)]
    [InlineData(0.2, 1)]
    public void Of_two_idle_ends_one_asks_when_an_answer_has_time_for_two_losses_and_the_other_answers(double roundTrip, double quiet)
    {
        var pair = new HeartbeatPair(Options, S(roundTrip));
        pair.Run(S(600));
        Assert.InRange(pair.Left.Questions, (600 - (20 * quiet)) / (quiet + roundTrip + 0.06), (600 / (quiet + roundTrip)) + 2);
        Assert.InRange(pair.Right.Questions, 18, 21);
        Assert.Equal((0, 0), (pair.Left.Suspicions, pair.Right.Suspicions));
    }

    [Fact]
    public void A_peer_that_never_asks_is_asked()
    {
        var pair = new HeartbeatPair(Options, S(0.001)) { LeftIsSilent = true };
        pair.Run(S(100));
        Assert.InRange(pair.Right.Questions, 50, 60);
        Assert.Equal(0, pair.Right.Suspicions);
    }

    [Fact]
    public void A_peer_that_speaks_is_asked_only_for_the_round_trip()
    {
        var detector = Lead(Options);
        var questions = 0;
        for (var t = 0.0; t < 300; t += 0.25)
        {
            Step(detector, t, t, PeerState.Alive);
            if (detector.Asks(S(0.01))) questions++;
        }
        Assert.Equal(9, questions);
    }

    [Fact]
    public void A_question_is_not_repeated_before_something_was_heard()
    {
        var detector = Lead(Options);
        for (var t = 0.0; t < 9; t += 0.05)
        {
            detector.Evaluate(S(0), S(t));
            Assert.False(detector.Asks(S(0.01)));
        }
        detector.Evaluate(S(8), S(9.8));
        Assert.True(detector.Asks(S(0.01)));
    }

    [Fact]
    public void A_frozen_peer_is_suspected_within_three_seconds_whenever_it_froze()
    {
        foreach (var phase in Phases)
        {
            var pair = new HeartbeatPair(Options, S(0.01));
            pair.Run(S(20 + phase));
            pair.FreezeRight();
            var suspected = pair.RunUntil(p => p.Left.State == PeerState.Suspected);
            Assert.InRange(suspected, S(0.85), S(2.8));
            Assert.InRange(suspected + pair.RunUntil(p => p.Left.State == PeerState.Dead), S(7), S(9.1));
        }
    }

    [Fact]
    public void Long_silences_that_options_allow_leave_nobody_unasked_for_more_than_two_intervals()
    {
        var pair = new HeartbeatPair(Options with { SuspectAfter = S(60), DeadAfter = S(100) }, S(0.001));
        pair.Run(S(100));
        Assert.InRange(pair.Left.Questions, 50, 60);
    }

    [Fact]
    public void A_peer_that_stands_still_for_0_8_s_is_not_suspected() =>
        Assert.All(Phases, phase => Assert.Equal(0, SuspicionsOfStandstills(phase, S(0.8), 1)));

    [Fact]
    public void A_peer_that_stood_still_before_gets_twice_the_time()
    {
        Assert.Contains(Phases, phase => SuspicionsOfStandstills(phase, S(1.7), 1) == 1);
        Assert.All(Phases, phase => Assert.InRange(SuspicionsOfStandstills(phase, S(1.7), 10), 0, 1));
    }

    private static IEnumerable<double> Phases => Enumerable.Range(0, 145).Select(i => i * 0.013);

    /// <summary>An end stands still, speaks for three seconds, and so on.</summary>
    private static int SuspicionsOfStandstills(double phase, TimeSpan standstill, int times)
    {
        var pair = new HeartbeatPair(Options, S(0.001));
        pair.Run(S(20 + phase));
        for (var i = 0; i < times; i++)
        {
            pair.FreezeRight();
            pair.Run(standstill);
            pair.ResumeRight();
            pair.Run(S(3));
        }
        Assert.Equal(0, pair.Right.Suspicions);
        return pair.Left.Suspicions;
    }

    private static FailureDetector Lead(HeartbeatOptions options) => new(options, leads: true, S(0));

    private static void Step(FailureDetector detector, double heard, double now, PeerState expected)
    {
        detector.Evaluate(S(heard), S(now));
        Assert.Equal(expected, detector.State);
    }
}
