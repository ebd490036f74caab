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
        Assert.True(Options.SuspectAfter - Options.Interval >= S(1.75));
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
    [InlineData(0.0002)]
    [InlineData(0.05)]
    public void Of_two_idle_ends_one_asks_and_the_other_answers(double roundTrip)
    {
        var pair = new HeartbeatPair(Options, S(roundTrip));
        pair.Run(S(600));
        Assert.InRange(pair.Left.Questions, 600 / (0.99 + roundTrip), 600 / 0.9);
        Assert.InRange(pair.Right.Questions, 18, 20);
        Assert.Equal((0, 0), (pair.Left.Suspicions, pair.Right.Suspicions));
    }

    [Theory]
    [InlineData(0.0002)]
    [InlineData(0.05)]
    public void An_end_with_many_connections_asks_where_it_would_answer(double roundTrip)
    {
        var pair = new HeartbeatPair(Options, S(roundTrip)) { RightHasMany = true };
        pair.Run(S(600));
        Assert.InRange(pair.Right.Questions, 600 / (0.9 + roundTrip), 600 / 0.75);
        Assert.InRange(pair.Left.Questions, 18, 20);
        Assert.Equal((0, 0), (pair.Left.Suspicions, pair.Right.Suspicions));
    }

    [Fact]
    public void Of_two_ends_with_many_connections_one_asks()
    {
        var pair = new HeartbeatPair(Options, S(0.01)) { RightHasMany = true, LeftHasMany = true };
        pair.Run(S(600));
        Assert.InRange(pair.Left.Questions + pair.Right.Questions, 600 / 0.99, 600 / 0.75);
    }

    [Fact]
    public void A_peer_that_never_asks_is_asked()
    {
        var pair = new HeartbeatPair(Options, S(0.001)) { LeftIsSilent = true };
        pair.Run(S(100));
        Assert.InRange(pair.Right.Questions, 95, 110);
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
        detector.Evaluate(S(8), S(9.1));
        Assert.True(detector.Asks(S(0.01)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_frozen_peer_is_suspected_within_three_seconds_whenever_it_froze(bool ofMany)
    {
        for (var phase = 0.0; phase < 1; phase += 0.013)
        {
            var pair = new HeartbeatPair(Options, S(0.01)) { LeftHasMany = ofMany, RightHasMany = ofMany };
            pair.Run(S(20 + phase));
            pair.FreezeRight();
            var suspected = pair.RunUntil(p => p.Left.State == PeerState.Suspected);
            Assert.InRange(suspected, S(1.75), S(2.8));
            Assert.InRange(suspected + pair.RunUntil(p => p.Left.State == PeerState.Dead), S(8), S(9.1));
        }
    }

    [Fact]
    public void A_peer_that_stands_still_for_a_second_and_three_quarters_is_not_suspected()
    {
        for (var phase = 0.0; phase < 1; phase += 0.013)
        {
            var pair = new HeartbeatPair(Options, S(0.001));
            pair.Run(S(20 + phase));
            pair.FreezeRight();
            pair.Run(S(1.75));
            pair.ResumeRight();
            pair.Run(S(20));
            Assert.Equal((0, 0), (pair.Left.Suspicions, pair.Right.Suspicions));
        }
    }

    private static FailureDetector Lead(HeartbeatOptions options) => new(options, leads: true, S(0));

    private static void Step(FailureDetector detector, double heard, double now, PeerState expected)
    {
        detector.Evaluate(S(heard), S(now));
        Assert.Equal(expected, detector.State);
    }
}
