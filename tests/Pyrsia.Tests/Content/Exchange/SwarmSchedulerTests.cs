using Pyrsia.Content.Exchange;
using Xunit;

namespace Pyrsia.Tests.Content.Exchange;

public sealed class SwarmSchedulerTests
{
    private static readonly ExchangeOptions Options = new() { HedgeAfter = TimeSpan.FromMilliseconds(100), PeerBackOff = TimeSpan.FromMilliseconds(1000) };

    private static SwarmScheduler<string> Swarm(int chunks, params string[] peers)
    {
        var swarm = new SwarmScheduler<string>(chunks, _ => false, Options);
        foreach (var peer in peers) swarm.AddPeer(peer, _ => true);
        return swarm;
    }

    [Fact]
    public void Chunks_are_given_out_lowest_first_and_once()
    {
        var swarm = Swarm(3, "a", "b");
        Assert.Equal(new ChunkRun(0, 1), swarm.Next("a", 0));
        Assert.Equal(new ChunkRun(1, 1), swarm.Next("b", 0));
        Assert.Equal(new ChunkRun(2, 1), swarm.Next("a", 0));
        Assert.Null(swarm.Next("b", 0));
    }

    [Fact]
    public void A_peer_that_delivers_is_given_longer_runs()
    {
        var swarm = Swarm(100, "a");
        var next = 0;
        for (var round = 0; round < 6; round++)
        {
            var run = swarm.Next("a", 0)!.Value;
            Assert.Equal(next, run.First);
            Assert.InRange(run.Count, 1, ExchangeOptions.MaxRun);
            next += run.Count;
            for (var i = run.First; i < next; i++) swarm.Arrived("a", i);
        }
        Assert.Equal(ExchangeOptions.MaxRun, swarm.Next("a", 0)!.Value.Count);
    }

    [Fact]
    public void The_chunks_of_a_peer_that_fails_go_to_another_at_once_and_it_rests()
    {
        var swarm = Swarm(2, "a", "b");
        swarm.Next("a", 0);
        swarm.Failed("a", 10);
        Assert.Equal(new ChunkRun(0, 1), swarm.Next("b", 10));
        Assert.Null(swarm.Next("a", 1009));
        Assert.Equal(new ChunkRun(1, 1), swarm.Next("a", 1010));
    }

    [Fact]
    public void An_idle_peer_is_given_a_chunk_that_another_has_sat_on_for_long()
    {
        var swarm = Swarm(1, "slow", "fast");
        swarm.Next("slow", 0);
        Assert.Null(swarm.Next("fast", 99));
        Assert.Equal(new ChunkRun(0, 1), swarm.Next("fast", 100));
        swarm.Arrived("fast", 0);
        Assert.True(swarm.IsDone);
        swarm.Arrived("slow", 0);
        Assert.True(swarm.IsDone);
    }

    [Fact]
    public void A_peer_is_never_asked_for_what_it_lacks()
    {
        var swarm = Swarm(2);
        swarm.AddPeer("half", i => i == 1);
        Assert.Equal(new ChunkRun(1, 1), swarm.Next("half", 0));
        swarm.Lacks("half", 1);
        Assert.Null(swarm.Next("half", 0));
        swarm.AddPeer("whole", _ => true);
        Assert.Equal(new ChunkRun(0, 1), swarm.Next("whole", 0));
        Assert.Equal(new ChunkRun(1, 1), swarm.Next("whole", 0));
    }

    [Fact]
    public void Chunks_that_are_there_already_are_not_asked_for()
    {
        var swarm = new SwarmScheduler<string>(4, i => i is 0 or 2, Options);
        swarm.AddPeer("a", _ => true);
        Assert.Equal(new ChunkRun(1, 1), swarm.Next("a", 0));
        Assert.Equal(new ChunkRun(3, 1), swarm.Next("a", 0));
        swarm.Arrived("a", 1);
        swarm.Arrived("a", 3);
        Assert.True(swarm.IsDone);
    }

    [Fact]
    public void Whatever_fails_in_whatever_order_every_chunk_arrives_while_one_peer_is_honest()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var swarm = Swarm(40, "honest", "flaky", "liar");
            var flying = new List<(string Peer, int Chunk)>();
            long now = 0;
            for (var step = 0; step < 5000 && !swarm.IsDone; step++)
            {
                now += random.Next(1, 60);
                var peer = random.Next(3) switch { 0 => "honest", 1 => "flaky", _ => "liar" };
                if (swarm.Next(peer, now) is { } run) for (var i = 0; i < run.Count; i++) flying.Add((peer, run.First + i));
                if (flying.Count == 0) continue;
                var (who, chunk) = flying[random.Next(flying.Count)];
                flying.Remove((who, chunk));
                if (who == "honest") swarm.Arrived(who, chunk);
                else if (who == "liar") swarm.RemovePeer(who);
                else if (random.Next(2) == 0) swarm.Arrived(who, chunk);
                else
                {
                    swarm.Failed(who, now);
                    flying.RemoveAll(f => f.Peer == who);
                }
            }
            Assert.True(swarm.IsDone, $"seed {seed}");
        }
    }
}
