using Pyrsia.Libp2p;

namespace Pyrsia.Tests.Libp2p;

/// <summary>Two failure detectors of one connection, with a path between them and a clock that steps.</summary>
internal sealed class HeartbeatPair
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(1);
    private readonly TimeSpan roundTrip;
    private readonly HeartbeatOptions options;
    private TimeSpan now;
    private bool frozen;

    public HeartbeatPair(HeartbeatOptions options, TimeSpan roundTrip)
    {
        this.options = options;
        this.roundTrip = roundTrip;
        Left = new End(options, leads: true);
        Right = new End(options, leads: false);
        Send(Left, question: true);
        Send(Right, question: true);
    }

    public End Left { get; }

    public End Right { get; }

    /// <summary>The left end answers and never asks.</summary>
    public bool LeftIsSilent { get; init; }

    public void FreezeRight() => frozen = true;

    public void ResumeRight() => frozen = false;

    public void Run(TimeSpan time)
    {
        for (var end = now + time; now < end;) Advance();
    }

    /// <summary>Time until something holds.</summary>
    public TimeSpan RunUntil(Func<HeartbeatPair, bool> holds)
    {
        var start = now;
        while (!holds(this)) Advance();
        return now - start;
    }

    private void Advance()
    {
        now += Step;
        Look(Left);
        if (!frozen) Look(Right);
    }

    private void Look(End end)
    {
        while (end.Arriving.TryPeek(out var first) && first.At <= now)
        {
            end.Arriving.Dequeue();
            end.Heard = now;
            if (first.Question) Send(end, question: false);
            else end.RoundTrip = now - end.Asked;
        }
        if (now < end.NextLook) return;
        if (end.Detector.Evaluate(end.Heard, now) != end.State && end.State == PeerState.Suspected) end.Suspicions++;
        if (!(end == Left && LeftIsSilent) && end.Detector.Asks(end.RoundTrip))
        {
            end.Questions++;
            Send(end, question: true);
        }
        var next = end.Detector.NextLook(end.RoundTrip);
        // As late as the host may look.
        end.NextLook = now + (options.Interval / Libp2pHost.MaxLooksPerInterval) is var shortest && next < shortest ? shortest : next;
    }

    private void Send(End from, bool question)
    {
        (from == Left ? Right : Left).Arriving.Enqueue((now + (roundTrip / 2), question));
        if (question) from.Asked = now;
    }

    internal sealed class End(HeartbeatOptions options, bool leads)
    {
        public FailureDetector Detector { get; } = new(options, leads, TimeSpan.Zero);

        public Queue<(TimeSpan At, bool Question)> Arriving { get; } = new();

        public PeerState State => Detector.State;

        public TimeSpan Asked { get; set; }

        public TimeSpan RoundTrip { get; set; }

        public TimeSpan Heard { get; set; }

        public TimeSpan NextLook { get; set; }

        public int Questions { get; set; }

        public int Suspicions { get; set; }
    }
}
