using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Interop.Tests.Libp2p;

/// <summary>Peer exchange: who is pruned is told of others, and follows their own signed words on where they are. Nothing else would bring these peers together.</summary>
public sealed class GossipExchangeInteropTests
{
    private const string Topic = "exchange";

    private static readonly GossipOptions Follows = new() { PeerExchange = true, Heartbeat = TimeSpan.FromMilliseconds(200), Score = new GossipScoreOptions { AcceptPeersThreshold = 0 } };

    /// <summary>A mesh of one, which prunes whoever comes second.</summary>
    private static readonly GossipOptions Small = Follows with { MeshSize = 1, MeshLow = 1, MeshHigh = 1, MeshByScore = 1, MeshOutbound = 0 };

    [Theory]
    [MemberData(nameof(JsMatrix.Stacks), MemberType = typeof(JsMatrix))]
    public async Task Ours_that_js_prunes_meets_whom_its_records_name(string transport, string security)
    {
        await using var first = await JsMatrix.StartAsync(transport, security);
        await using var second = await JsMatrix.StartAsync(transport, security);
        await using var firstGossip = new GossipSub(first, Follows);
        await using var secondGossip = new GossipSub(second, Follows);
        using var topic = firstGossip.Join(Topic);
        using var secondTopic = secondGossip.Join(Topic);
        await using var js = await JsMatrix.StartJsAsync(transport, security, "gossip=1");
        await js.SendAsync("subscribe", new { topic = Topic });
        await JsMatrix.ConnectAsync(first, js, jsDials: false);
        await Eventually.HoldsAsync(async () => (await js.SendAsync("mesh", new { topic = Topic }))["mesh"]!.AsArray().Any(peer => (string?)peer == first.Id.ToString()), "js does not graft the first");
        var met = second.NextAsync(first.Id, PeerEventKind.Connected);
        await JsMatrix.ConnectAsync(second, js, jsDials: false);
        await met;
        Assert.False(second.FindPeer(first.Id)!.IsInbound);
        Assert.Contains(first.ListenAddresses[0], second.PeerStore.GetAddresses(first.Id));
        await Eventually.HoldsAsync(() => Task.FromResult(secondGossip.Mesh(Topic).Contains(first.Id)), "those that have met do not graft each other");
        Assert.DoesNotContain(js.Id, secondGossip.Mesh(Topic));
    }

    [Theory]
    [MemberData(nameof(JsMatrix.Stacks), MemberType = typeof(JsMatrix))]
    public async Task Js_that_ours_prunes_meets_whom_our_records_name(string transport, string security)
    {
        await using var host = await JsMatrix.StartAsync(transport, security);
        await using var gossip = new GossipSub(host, Small);
        using var topic = gossip.Join(Topic);
        await using var first = await JsMatrix.StartJsAsync(transport, security, "gossip=6");
        await using var second = await JsMatrix.StartJsAsync(transport, security, "gossip=6");
        foreach (var js in (JsPeer[])[first, second]) await js.SendAsync("subscribe", new { topic = Topic });
        await JsMatrix.ConnectAsync(host, first, jsDials: true);
        await Eventually.HoldsAsync(() => Task.FromResult(gossip.Mesh(Topic).Contains(first.Id)), "ours does not graft the first");
        await JsMatrix.ConnectAsync(host, second, jsDials: true);
        await Eventually.HoldsAsync(async () => (await second.SendAsync("connections"))["peers"]!.AsArray().Any(peer => (string?)peer == first.Id.ToString()), "js does not follow the record");
        Assert.Equal([first.Id], gossip.Mesh(Topic));
    }

    [Fact]
    public async Task Records_from_js_that_their_peers_did_not_sign_are_followed_by_nobody()
    {
        await using var host = await JsMatrix.StartAsync();
        await using var gossip = new GossipSub(host, Follows);
        using var topic = gossip.Join(Topic);
        await using var js = await JsMatrix.StartJsAsync();
        await js.SendAsync("subscribe", new { topic = Topic });
        await JsMatrix.ConnectAsync(host, js, jsDials: true);
        await Eventually.HoldsAsync(() => Task.FromResult(gossip.Mesh(Topic).Contains(js.Id)), "ours does not graft js");
        await using var good = await JsMatrix.StartAsync();
        var (victim, liar) = (KeyPair.Generate(), KeyPair.Generate());
        var broken = RecordOf(victim).Seal(victim);
        Assert.True(SignedEnvelope.TryOpen(broken, PeerRecord.Domain, [3, 1], out var opened));
        broken[^1] ^= 1;
        var met = host.NextAsync(good.Id, PeerEventKind.Connected);
        await js.SendAsync("prune", new
        {
            to = host.Id.ToString(),
            topic = Topic,
            peers = new[]
            {
                Named(victim.PeerId, broken),
                Named(victim.PeerId, SignedEnvelope.Seal(liar, PeerRecord.Domain, opened!.PayloadType.Span, opened.Payload.Span).Encode()),
                Named(victim.PeerId, RecordOf(liar).Seal(liar)),
                Named(good.Id, new PeerRecord(good.Id, 1, good.ListenAddresses).Seal(good.Identity)),
            },
        });
        await met;
        // Addresses that are believed are kept before the next record is looked at.
        Assert.Empty(host.PeerStore.GetAddresses(victim.PeerId));
        Assert.Empty(host.PeerStore.GetAddresses(liar.PeerId));

        PeerRecord RecordOf(KeyPair peer) => new(peer.PeerId, 1, good.ListenAddresses);
    }

    private static object Named(PeerId peer, byte[] record) => new { peer = peer.ToString(), record = Convert.ToHexStringLower(record) };
}
