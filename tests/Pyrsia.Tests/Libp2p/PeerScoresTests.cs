using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

/// <summary>The parts of the score, each by itself, with the numbers of the specification's formula.</summary>
public sealed class PeerScoresTests
{
    private const string Topic = "t";
    private static readonly PeerId Peer = KeyPair.Generate().PeerId;

    [Fact]
    public void Time_in_the_mesh_counts_up_to_its_cap_and_ends_with_leaving()
    {
        var scores = Scores(new GossipTopicScoreOptions { Weight = 2, TimeInMeshWeight = 0.5, TimeInMeshQuantum = TimeSpan.FromSeconds(1), TimeInMeshCap = 10 });
        scores.Graft(Peer, Topic, 0);
        scores.Decay(4000);
        Assert.Equal(4, scores.Score(Peer), 6);
        scores.Decay(60_000);
        Assert.Equal(10, scores.Score(Peer), 6);
        scores.Prune(Peer, Topic);
        Assert.Equal(0, scores.Score(Peer), 6);
    }

    [Fact]
    public void First_deliveries_count_up_to_their_cap_and_decay_to_nothing()
    {
        var scores = Scores(new GossipTopicScoreOptions { FirstDeliveriesWeight = 1, FirstDeliveriesCap = 8, FirstDeliveriesDecay = 0.5 });
        for (var i = 0; i < 20; i++) scores.Delivered(Peer, Topic);
        Assert.Equal(8, scores.Score(Peer), 6);
        scores.Decay(1000);
        Assert.Equal(4, scores.Score(Peer), 6);
        for (var i = 0; i < 20; i++) scores.Decay(2000 + i);
        Assert.Equal(0, scores.Score(Peer));
    }

    [Fact]
    public void Missing_deliveries_count_squared_after_activation_and_stick_when_the_peer_is_pruned()
    {
        var scores = Scores(new GossipTopicScoreOptions
        {
            TimeInMeshWeight = 0,
            FirstDeliveriesWeight = 0,
            MeshDeliveriesWeight = -1,
            MeshFailureWeight = -1,
            MeshDeliveriesThreshold = 20,
            MeshDeliveriesDecay = 0.999999,
            MeshDeliveriesActivation = TimeSpan.FromSeconds(5),
            MeshFailureDecay = 0.5,
        });
        scores.Graft(Peer, Topic, 0);
        for (var i = 0; i < 15; i++) scores.Repeated(Peer, Topic);
        scores.Decay(4000);
        Assert.Equal(0, scores.Score(Peer), 2);
        scores.Decay(6000);
        Assert.Equal(-25, scores.Score(Peer), 2);
        scores.Prune(Peer, Topic);
        Assert.Equal(-25, scores.Score(Peer), 2);
        scores.Decay(7000);
        Assert.Equal(-12.5, scores.Score(Peer), 2);
    }

    [Fact]
    public void Wrong_messages_count_squared_and_outlive_the_connection()
    {
        var scores = Scores(new GossipTopicScoreOptions { InvalidWeight = -10 });
        scores.Invalid(Peer, Topic, 3);
        Assert.Equal(-90, scores.Score(Peer), 6);
        scores.Remove(Peer, 0);
        scores.Decay(1000);
        scores.Add(Peer, null);
        Assert.Equal(-90, scores.Score(Peer), 6);
        scores.Remove(Peer, 0);
        scores.Decay((long)TimeSpan.FromHours(1).TotalMilliseconds);
        Assert.Equal(0, scores.Score(Peer));
    }

    [Fact]
    public void Breaches_beyond_the_threshold_count_squared()
    {
        var scores = new PeerScores(new GossipScoreOptions { BehaviourWeight = -10, BehaviourThreshold = 6 });
        scores.Add(Peer, null);
        scores.Misbehaved(Peer, 6);
        Assert.Equal(0, scores.Score(Peer));
        scores.Misbehaved(Peer, 2);
        Assert.Equal(-40, scores.Score(Peer), 6);
    }

    [Fact]
    public void Peers_of_one_address_count_squared_beyond_the_threshold_until_some_leave()
    {
        var scores = new PeerScores(new GossipScoreOptions { ColocationWeight = -50, ColocationThreshold = 10 });
        PeerId[] peers = [.. Enumerable.Range(0, 12).Select(_ => KeyPair.Generate().PeerId)];
        foreach (var peer in peers) scores.Add(peer, "192.0.2.7");
        Assert.All(peers, peer => Assert.Equal(-200, scores.Score(peer), 6));
        scores.Remove(peers[0], 0);
        scores.Remove(peers[1], 0);
        Assert.Equal(0, scores.Score(peers[2]));
    }

    [Fact]
    public void What_topics_bring_is_capped_and_what_the_program_thinks_is_added()
    {
        var scores = new PeerScores(new GossipScoreOptions { TopicCap = 5, Application = _ => 3, ApplicationWeight = 2 });
        scores.Add(Peer, null);
        for (var i = 0; i < 20; i++) scores.Delivered(Peer, Topic);
        Assert.Equal(11, scores.Score(Peer), 6);
    }

    [Fact]
    public void Options_that_do_not_fit_together_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new GossipOptions { MeshOutbound = 4 }.Validate());
        Assert.Throws<ArgumentException>(() => new GossipOptions { MeshHigh = 5 }.Validate());
        Assert.Throws<ArgumentException>(() => new GossipOptions { Score = new GossipScoreOptions { GossipThreshold = 1 } }.Validate());
        Assert.Throws<ArgumentException>(() => new GossipOptions { Score = new GossipScoreOptions { DefaultTopic = new GossipTopicScoreOptions { InvalidWeight = 1 } } }.Validate());
        new GossipOptions().Validate();
    }

    private static PeerScores Scores(GossipTopicScoreOptions topic)
    {
        var scores = new PeerScores(new GossipScoreOptions { DefaultTopic = topic });
        scores.Add(Peer, null);
        return scores;
    }
}
