using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

/// <summary>The numbers that the specifications set and a network has to agree on, or others hold us to; where ours differ, the page on protocols says why.</summary>
public sealed class SpecificationDefaultsTests
{
    [Fact]
    public void Kademlia_has_its_parameters()
    {
        var kad = new KadOptions();
        Assert.Equal((20, 10), (kad.BucketSize, kad.Concurrency));
        Assert.Equal(TimeSpan.FromSeconds(10), kad.QueryTimeout);
        Assert.Equal(TimeSpan.FromMinutes(10), kad.RefreshInterval);
        Assert.Equal(TimeSpan.FromHours(48), kad.ProviderLifetime);
        // The specification's 22 hours are the longest: what is announced more often is never missing.
        Assert.True(kad.RepublishInterval <= TimeSpan.FromHours(22));
        Assert.Equal(TimeSpan.FromMinutes(30), PeerStore.HearsayLifetime);
    }

    [Fact]
    public void Gossipsub_has_its_parameters()
    {
        var gossip = new GossipOptions();
        Assert.Equal((6, 4, 12, 6, 4, 2), (gossip.MeshSize, gossip.MeshLow, gossip.MeshHigh, gossip.GossipPeers, gossip.MeshByScore, gossip.MeshOutbound));
        Assert.Equal((5, 3, 0.25), (gossip.HistoryLength, gossip.HistoryGossip, gossip.GossipFactor));
        Assert.Equal(TimeSpan.FromSeconds(1), gossip.Heartbeat);
        Assert.Equal((TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(1)), (gossip.SeenLifetime, gossip.FanoutLifetime));
        Assert.Equal((TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(10)), (gossip.PruneBackoff, gossip.UnsubscribeBackoff));
        Assert.True(gossip.FloodPublish);
    }

    [Fact]
    public void Limits_of_the_specifications_are_kept()
    {
        Assert.Equal((256 * 1024, 256), (YamuxOptions.InitialWindow, YamuxOptions.MaxUnacknowledged));
        Assert.Equal(16 * 1024 * 1024, new YamuxOptions().MaxWindow);
        Assert.Equal((30_000, 100_000, 4096), (DialChoice.MinDialData, DialChoice.MaxDialData, AutoNatV2Data.MaxBytes));
        Assert.Equal((3, 4096), (HolePuncher.MaxAttempts, HolePunchMessage.MaxLength));
        var rendezvous = new RendezvousOptions();
        Assert.Equal((TimeSpan.FromHours(2), TimeSpan.FromHours(72), 1000), (rendezvous.DefaultTtl, rendezvous.MaxTtl, rendezvous.MaxPerPeer));
        Assert.True(ReachabilityTracker.Confirmations > 3);
    }
}
