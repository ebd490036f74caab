using System.Net;
using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

public sealed class ReachabilityTrackerTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly Multiaddr Here = Multiaddr.Parse("/ip4/25.0.0.1/tcp/1");
    private static readonly Multiaddr There = Multiaddr.Parse("/ip4/25.0.0.2/tcp/1");
    private readonly ReachabilityTracker _tracker = new();

    public ReachabilityTrackerTests() => _tracker.SetCandidates([Here, There]);

    [Fact]
    public void More_than_three_neighbourhoods_decide_and_neighbours_count_once()
    {
        for (var i = 0; i < 9; i++) _tracker.Report(Here, Server(1), reached: true, servers: 9, Start);
        for (var i = 2; i < 4; i++) _tracker.Report(Here, Server(i), reached: true, servers: 9, Start);
        Assert.Equal(Reachability.Unknown, _tracker.Verdict);
        _tracker.Report(Here, Server(4), reached: true, servers: 9, Start);
        Assert.Equal(Reachability.Public, _tracker.Verdict);
        Assert.Equal([Here], _tracker.Public);
    }

    [Fact]
    public void Where_servers_are_few_all_of_them_decide_and_only_the_contrary_undoes_it()
    {
        _tracker.Report(Here, Server(1), reached: false, servers: 1, Start);
        Assert.Equal(Reachability.Private, _tracker.Verdict);
        _tracker.Report(Here, Server(2), reached: true, servers: 2, Start);
        Assert.Equal(Reachability.Private, _tracker.Verdict);
        _tracker.Report(Here, Server(3), reached: true, servers: 2, Start);
        Assert.Equal(Reachability.Public, _tracker.Verdict);
        for (var i = 4; i < 8; i++) _tracker.Report(Here, Server(i), reached: false, servers: 8, Start);
        Assert.Equal(Reachability.Private, _tracker.Verdict);
    }

    [Fact]
    public void One_public_address_is_enough_and_an_answer_about_what_is_no_candidate_counts_for_nothing()
    {
        _tracker.Report(Here, Server(1), reached: false, servers: 1, Start);
        _tracker.Report(There, Server(1), reached: true, servers: 1, Start);
        Assert.Equal(Reachability.Public, _tracker.Verdict);
        _tracker.SetCandidates([Here]);
        Assert.Equal(Reachability.Private, _tracker.Verdict);
        _tracker.Report(There, Server(1), reached: true, servers: 1, Start);
        Assert.Equal(Reachability.Private, _tracker.Verdict);
    }

    [Fact]
    public void Old_answers_do_not_count_any_more()
    {
        for (var i = 0; i < 3; i++) _tracker.Report(Here, Server(i), reached: true, servers: 9, Start);
        _tracker.Report(Here, Server(9), reached: true, servers: 9, Start + ReachabilityTracker.AnswerLifetime);
        Assert.Equal(Reachability.Unknown, _tracker.Verdict);
    }

    [Fact]
    public void A_server_is_asked_once_an_interval_and_nobody_once_enough_have_answered()
    {
        var interval = TimeSpan.FromMinutes(1);
        Assert.True(_tracker.TryAsk(Here, Server(1), interval, Start));
        Assert.False(_tracker.TryAsk(Here, Server(1), interval, Start));
        Assert.True(_tracker.TryAsk(There, Server(1), interval, Start));
        Assert.True(_tracker.TryAsk(Here, Server(1), interval, Start + interval));
        for (var i = 0; i < ReachabilityTracker.Confirmations; i++) _tracker.Report(Here, Server(i), reached: true, servers: 9, Start + interval);
        Assert.False(_tracker.TryAsk(Here, Server(7), interval, Start + interval));
        Assert.True(_tracker.TryAsk(Here, Server(7), interval, Start + (2 * interval)));
        Assert.False(_tracker.TryAsk(Multiaddr.Parse("/ip4/25.0.0.3/tcp/1"), Server(1), interval, Start));
    }

    [Fact]
    public void Addresses_and_answers_are_bounded()
    {
        _tracker.SetCandidates([.. Enumerable.Range(0, 100).Select(i => Multiaddr.Parse($"/ip4/25.0.1.{i}/tcp/1"))]);
        for (var i = 0; i < 100; i++) _tracker.Report(Multiaddr.Parse($"/ip4/25.0.1.{i}/tcp/1"), Server(1), reached: true, servers: 1, Start);
        Assert.Equal(ReachabilityTracker.MaxAddresses, _tracker.Public.Count);
    }

    private static NetworkPrefix Server(int i) => NetworkPrefix.Around(IPAddress.Parse($"26.{i}.0.1"), PrefixScale.Owner);
}
