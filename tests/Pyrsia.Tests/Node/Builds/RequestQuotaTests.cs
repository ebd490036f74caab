using Pyrsia.Node.Builds;
using Pyrsia.Tests.Authority;
using Xunit;

namespace Pyrsia.Tests.Node.Builds;

public sealed class RequestQuotaTests
{
    private readonly ManualTime _time = new(DateTimeOffset.UnixEpoch);

    [Fact]
    public void A_caller_has_its_burst_then_so_many_a_second_and_costs_others_nothing()
    {
        var quota = new RequestQuota<string>(_time);
        for (var i = 0; i < RequestQuota<string>.Burst; i++) Assert.True(quota.TryTake("greedy"));
        Assert.False(quota.TryTake("greedy"));
        Assert.True(quota.TryTake("other"));
        _time.Advance(TimeSpan.FromSeconds(2));
        for (var i = 0; i < 2 * RequestQuota<string>.PerSecond; i++) Assert.True(quota.TryTake("greedy"));
        Assert.False(quota.TryTake("greedy"));
        _time.Advance(TimeSpan.FromDays(1));
        for (var i = 0; i < RequestQuota<string>.Burst; i++) Assert.True(quota.TryTake("greedy"));
        Assert.False(quota.TryTake("greedy"));
    }

    [Fact]
    public void Of_too_many_callers_the_one_that_has_waited_longest_is_forgotten()
    {
        var quota = new RequestQuota<int>(_time);
        for (var i = 0; i < RequestQuota<int>.Burst; i++) quota.TryTake(-1);
        for (var i = 0; i < RequestQuota<int>.MaxCallers; i++)
        {
            _time.Advance(TimeSpan.FromTicks(1));
            Assert.True(quota.TryTake(i));
        }
        Assert.True(quota.TryTake(-1));
    }
}
