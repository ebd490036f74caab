using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

public sealed class DeadlineTests
{
    private readonly SteppingTime time = new();

    [Fact]
    public void Time_that_is_over_and_a_caller_that_gives_up_are_told_apart()
    {
        using var caller = new CancellationTokenSource();
        using var late = new Deadline(TimeSpan.FromSeconds(10), time, caller.Token);
        using var given = new Deadline(TimeSpan.FromSeconds(60), time, caller.Token);
        time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(late.Token.IsCancellationRequested);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(late.Token.IsCancellationRequested);
        Assert.True(late.Passed);
        caller.Cancel();
        Assert.True(given.Token.IsCancellationRequested);
        Assert.False(given.Passed);
    }

    [Fact]
    public void A_deadline_that_is_extended_counts_anew_and_one_without_limit_ends_with_the_host()
    {
        using var host = new CancellationTokenSource();
        using var extended = new Deadline(TimeSpan.FromSeconds(10), time, CancellationToken.None);
        using var endless = new Deadline(Timeout.InfiniteTimeSpan, time, CancellationToken.None, host.Token);
        time.Advance(TimeSpan.FromSeconds(9));
        extended.Extend(TimeSpan.FromSeconds(10));
        time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(extended.Token.IsCancellationRequested);
        Assert.False(endless.Token.IsCancellationRequested);
        host.Cancel();
        Assert.True(endless.Token.IsCancellationRequested);
    }
}
