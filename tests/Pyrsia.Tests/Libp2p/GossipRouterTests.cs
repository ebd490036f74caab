using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

public sealed class GossipRouterTests
{
    private const string Topic = "t";

    [Fact]
    public void A_message_reaches_every_one_of_a_hundred_once_over_meshes_of_bounded_size()
    {
        var network = new GossipNetwork();
        var peers = Enumerable.Range(0, 100).Select(_ => network.Add(new GossipOptions { FloodPublish = false })).ToArray();
        var random = new Random(2);
        foreach (var peer in peers)
            foreach (var other in random.GetItems(peers, 10).Where(other => other != peer)) network.Connect(peer, other);
        network.Join(Topic, peers);
        network.Beat(5);
        Assert.All(peers, peer => Assert.InRange(network.Router(peer).Mesh(Topic).Count, 4, 12));
        Assert.All(peers, peer => Assert.All(network.Router(peer).Mesh(Topic), other => Assert.Contains(peer, network.Router(other).Mesh(Topic))));
        for (var i = 0; i < 10; i++)
        {
            network.Delivered.Clear();
            network.Publish(peers[i * 7], Topic);
            Assert.Equal(99, network.Delivered.Select(d => d.At).Distinct().Count());
            Assert.Equal(99, network.Delivered.Count);
        }
        Assert.InRange(network.Sent / 10, 99, 99 * 12);
    }

    [Fact]
    public void A_message_that_the_mesh_lost_is_heard_of_and_asked_for()
    {
        var network = new GossipNetwork();
        var (publisher, other) = (network.Add(), network.Add());
        network.Connect(publisher, other);
        network.Join(Topic, publisher, other);
        network.Loses = (_, _, rpc) => rpc.Messages.Count > 0;
        network.Publish(publisher, Topic);
        Assert.Empty(network.Delivered);
        network.Loses = (_, _, _) => false;
        // In the mesh there is no gossip; outside there is.
        network.Say(other, publisher, rpc => rpc.Prune.Add(new GossipPrune(Topic, TimeSpan.FromMinutes(1), [])));
        network.Beat();
        Assert.Equal(other, Assert.Single(network.Delivered).At);
    }

    [Fact]
    public void A_message_is_sent_three_times_to_who_asks_again_and_again_and_no_longer_once_it_is_old()
    {
        var (network, publisher, other) = Pair();
        network.Loses = (_, to, rpc) => to == other && rpc.Messages.Count > 0;
        var id = network.Publish(publisher, Topic).DefaultId;
        network.Loses = (_, _, _) => false;
        var before = network.Sent;
        for (var i = 0; i < 10; i++) network.Say(other, publisher, rpc => rpc.IWant.Add(id));
        Assert.Equal(before + 3, network.Sent);
        var late = network.Publish(publisher, Topic).DefaultId;
        network.Beat(5);
        before = network.Sent;
        network.Say(other, publisher, rpc => rpc.IWant.Add(late));
        Assert.Equal(before, network.Sent);
    }

    [Fact]
    public void Promises_of_messages_that_never_come_are_breaches()
    {
        var (network, publisher, other) = Pair();
        for (var i = 0; i < 8; i++)
        {
            network.Say(other, publisher, rpc => rpc.IHave.Add((Topic, [new GossipMessageId([(byte)(i + 1)])])));
            network.Beat(4);
        }
        Assert.True(network.Router(publisher).Score(other) < 0);
        Assert.DoesNotContain(other, network.Router(publisher).Mesh(Topic));
    }

    [Fact]
    public void More_tellings_than_allowed_between_two_heartbeats_are_not_heard()
    {
        var (network, publisher, other) = Pair();
        var asked = 0;
        network.Loses = (from, _, rpc) => from == publisher && (asked += rpc.IWant.Count) < 0;
        for (var i = 0; i < 20; i++) network.Say(other, publisher, rpc => rpc.IHave.Add((Topic, [new GossipMessageId([(byte)i, 1])])));
        Assert.Equal(10, asked);
        network.Beat();
        network.Say(other, publisher, rpc => rpc.IHave.Add((Topic, [.. Enumerable.Range(0, 6000).Select(i => new GossipMessageId(BitConverter.GetBytes(i)))])));
        Assert.Equal(10 + GossipRpc.MaxIds, asked);
    }

    [Fact]
    public void A_large_message_is_not_sent_to_who_waved_it_off()
    {
        var network = new GossipNetwork();
        PeerId[] peers = [.. Enumerable.Range(0, 3).Select(_ => network.Add())];
        network.Connect(peers[0], peers[1]);
        network.Connect(peers[1], peers[2]);
        network.Connect(peers[0], peers[2]);
        network.Join(Topic, peers);
        network.Beat();
        network.Publish(peers[0], Topic, 5000);
        // From the publisher to both; each has waved off the other by then.
        Assert.Equal(2, network.Sent);
        network.Publish(peers[0], Topic, 10);
        Assert.True(network.Sent > 4);
        var message = GossipMessage.Sign(network.Key(peers[0]), Topic, 99, new byte[10]);
        network.Say(peers[1], peers[0], rpc => rpc.IDontWant.Add(message.DefaultId));
        network.Router(peers[0]).Publish(message, network.Now);
        Assert.DoesNotContain(network.Router(peers[0]).Take().OfType<SendGossip>(), send => send.Peer == peers[1]);
    }

    [Fact]
    public void A_graft_within_the_back_off_is_answered_by_a_prune_and_counts_and_soon_after_counts_twice()
    {
        var (network, one, other) = Pair();
        var prunes = 0;
        network.Loses = (from, _, rpc) => from == one && (prunes += rpc.Prune.Count) < 0;
        network.Router(one).Leave(Topic, network.Now);
        network.Router(one).Join(Topic, network.Now);
        network.Beat();
        prunes = 0;
        for (var i = 0; i < 4; i++) network.Say(other, one, rpc => rpc.Graft.Add(Topic));
        Assert.Equal(4, prunes);
        Assert.DoesNotContain(other, network.Router(one).Mesh(Topic));
        Assert.True(network.Router(one).Score(other) < 0, "four grafts, of which the later three were twice a breach");
    }

    [Fact]
    public void A_prune_says_for_how_long_a_minute_or_after_leaving_ten_seconds()
    {
        var (network, one, other) = Pair();
        var told = new List<TimeSpan?>();
        network.Loses = (from, _, rpc) =>
        {
            if (from == one) told.AddRange(rpc.Prune.Select(prune => prune.Backoff));
            return false;
        };
        network.Router(one).Leave(Topic, network.Now);
        network.Beat();
        Assert.Equal([TimeSpan.FromSeconds(10)], told);
        told.Clear();
        network.Join(Topic, one);
        network.Say(other, one, rpc => rpc.Prune.Add(new GossipPrune(Topic, TimeSpan.FromMinutes(1), [])));
        network.Say(other, one, rpc => rpc.Graft.Add(Topic));
        Assert.Equal([TimeSpan.FromMinutes(1)], told);
    }

    [Fact]
    public void What_a_peer_publishes_itself_goes_to_all_of_the_topic_and_not_to_the_mesh_alone()
    {
        var network = new GossipNetwork();
        var publisher = network.Add();
        PeerId[] peers = [.. Enumerable.Range(0, 30).Select(_ => network.Add())];
        foreach (var peer in peers) network.Connect(publisher, peer);
        network.Join(Topic, [publisher, .. peers]);
        network.Beat(3);
        Assert.InRange(network.Router(publisher).Mesh(Topic).Count, 1, 12);
        network.Publish(publisher, Topic);
        Assert.Equal(30, network.Delivered.Select(d => d.At).Distinct().Count());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void A_message_without_publisher_number_topic_or_signature_is_malformed(int missing)
    {
        var key = KeyPair.Generate();
        var message = GossipMessage.Sign(key, Topic, 7, "data"u8.ToArray());
        byte[] Encode(int without)
        {
            var writer = new ProtoWriter();
            byte[][] fields = [[], key.PeerId.Bytes.ToArray(), message.Data.ToArray(), [0, 0, 0, 0, 0, 0, 0, 7], "t"u8.ToArray(), message.Signature.ToArray()];
            for (var field = 1; field < fields.Length; field++)
                if (field != without) writer.Bytes(field, fields[field]);
            return writer.ToArray();
        }
        Assert.True(GossipMessage.TryDecode(Encode(without: 0), out var whole) && whole.IsSigned());
        Assert.False(GossipMessage.TryDecode(Encode(missing), out _));
        var (network, one, other) = Pair();
        Assert.True(GossipRpc.TryDecode(new ProtoWriter().Bytes(2, Encode(missing)).ToArray(), out var rpc, out var malformed));
        network.Router(one).Receive(other, rpc, malformed, network.Now);
        Assert.True(malformed == 1 && rpc.Messages.Count == 0);
    }

    [Fact]
    public void Both_sides_wait_for_the_end_of_a_back_off_and_then_mesh_again()
    {
        var (network, one, other) = Pair();
        network.Say(other, one, rpc => rpc.Prune.Add(new GossipPrune(Topic, TimeSpan.FromSeconds(20), [])));
        network.Beat(18);
        Assert.DoesNotContain(other, network.Router(one).Mesh(Topic));
        network.Beat(4);
        Assert.Contains(other, network.Router(one).Mesh(Topic));
    }

    [Fact]
    public void Who_dials_here_cannot_fill_the_mesh()
    {
        var network = new GossipNetwork();
        var victim = network.Add();
        network.Join(Topic, victim);
        foreach (var attacker in Enumerable.Range(0, 30).Select(_ => network.Add()))
        {
            network.Connect(attacker, victim);
            network.Join(Topic, attacker);
        }
        Assert.Equal(12, network.Router(victim).Mesh(Topic).Count);
        PeerId[] honest = [.. Enumerable.Range(0, 3).Select(_ => network.Add())];
        foreach (var peer in honest)
        {
            network.Connect(victim, peer);
            network.Join(Topic, peer);
        }
        network.Beat(3);
        Assert.True(network.Router(victim).Mesh(Topic).Intersect(honest).Count() >= 2);
    }

    [Fact]
    public void What_nobody_signed_is_blamed_on_its_sender_and_keeps_no_true_message_out()
    {
        var (network, one, other) = Pair();
        var message = GossipMessage.Sign(network.Key(other), Topic, 1, new byte[10]);
        foreach (var forged in new[] { message with { Data = new byte[11] }, message with { Topic = Topic, From = one, SequenceNumber = 9 }, message with { Signature = new byte[64] } })
            network.Say(other, one, rpc => rpc.Messages.Add(forged));
        Assert.Empty(network.Delivered);
        Assert.True(network.Router(one).Score(other) < 0);
        network.Say(other, one, rpc => rpc.Messages.Add(message));
        Assert.Single(network.Delivered);
        for (var i = 0; i < 20; i++) network.Say(other, one, rpc => rpc.Messages.Add(message with { SequenceNumber = 100 + (ulong)i }));
        var unheard = GossipMessage.Sign(network.Key(other), Topic, 2, new byte[10]);
        network.Say(other, one, rpc => rpc.Messages.Add(unheard));
        Assert.Single(network.Delivered);
    }

    [Fact]
    public void What_a_validator_rejects_goes_no_further_and_counts_against_all_who_sent_it_and_what_it_ignores_against_nobody()
    {
        var network = new GossipNetwork();
        PeerId[] peers = [.. Enumerable.Range(0, 3).Select(_ => network.Add())];
        network.Connect(peers[0], peers[1]);
        network.Connect(peers[1], peers[2]);
        network.Join(Topic, peers);
        network.Verdict = (_, message) => message.Data.Length == 1 ? GossipVerdict.Reject : GossipVerdict.Ignore;
        network.Publish(peers[0], Topic, 2);
        Assert.Equal(0, network.Router(peers[1]).Score(peers[0]));
        network.Publish(peers[0], Topic, 1);
        Assert.True(network.Router(peers[1]).Score(peers[0]) < 0);
        Assert.Empty(network.Delivered);
    }

    [Fact]
    public void A_pruned_peer_follows_signed_records_of_who_is_in_good_standing_alone()
    {
        var network = new GossipNetwork();
        var options = new GossipOptions { PeerExchange = true };
        var (one, other, third) = (network.Add(options), network.Add(options), network.Add(options));
        network.Connect(one, other);
        network.Join(Topic, one, other);
        void Exchange(ReadOnlyMemory<byte> record) => network.Say(other, one, rpc => rpc.Prune.Add(new GossipPrune(Topic, TimeSpan.Zero, [(third, record)])));
        Exchange(network.SignedRecord(third)!.Value);
        Assert.Empty(network.Met);
        for (var i = 0; i < 12; i++) network.Publish(other, Topic);
        Assert.True(network.Router(one).Score(other) >= options.Score.AcceptPeersThreshold);
        Exchange(network.SignedRecord(other)!.Value);
        Exchange(new byte[] { 1, 2, 3 });
        Assert.Empty(network.Met);
        Exchange(network.SignedRecord(third)!.Value);
        Assert.Equal((one, third), (Assert.Single(network.Met).At, network.Met[0].Record.PeerId));
    }

    [Fact]
    public void A_direct_peer_gets_everything_and_stands_in_no_mesh()
    {
        var network = new GossipNetwork();
        var friend = network.Add();
        var one = network.Add(new GossipOptions { DirectPeers = new HashSet<PeerId> { friend }, FloodPublish = false });
        var publisher = network.Add();
        network.Connect(one, friend);
        network.Connect(publisher, one);
        network.Join(Topic, one, friend, publisher);
        network.Beat(3);
        Assert.DoesNotContain(friend, network.Router(one).Mesh(Topic));
        network.Publish(publisher, Topic);
        Assert.Contains(network.Delivered, delivered => delivered.At == friend);
    }

    [Fact]
    public void Who_publishes_without_joining_keeps_to_the_same_peers_for_a_while()
    {
        var network = new GossipNetwork();
        var publisher = network.Add(new GossipOptions { FloodPublish = false });
        PeerId[] peers = [.. Enumerable.Range(0, 20).Select(_ => network.Add())];
        foreach (var peer in peers) network.Connect(publisher, peer);
        network.Join(Topic, peers);
        network.Publish(publisher, Topic);
        var first = network.Delivered.Select(d => d.At).ToHashSet();
        Assert.Equal(6, first.Count);
        network.Delivered.Clear();
        network.Beat(10);
        network.Delivered.Clear();
        network.Loses = (from, _, rpc) => from == publisher && rpc.IHave.Count > 0;
        network.Publish(publisher, Topic);
        Assert.True(first.SetEquals(network.Delivered.Select(d => d.At)));
    }

    [Fact]
    public void An_encoded_rpc_decodes_to_the_same_and_lists_beyond_their_limits_are_cut()
    {
        var key = KeyPair.Generate();
        var rpc = new GossipRpc();
        rpc.Subscriptions.Add((Topic, true));
        rpc.Messages.Add(GossipMessage.Sign(key, Topic, 7, "data"u8.ToArray()));
        rpc.IHave.Add((Topic, [new GossipMessageId([1])]));
        rpc.IWant.Add(new GossipMessageId([2]));
        rpc.Graft.Add(Topic);
        rpc.Prune.Add(new GossipPrune(Topic, TimeSpan.FromSeconds(5), [(key.PeerId, new byte[] { 1 })]));
        rpc.IDontWant.Add(new GossipMessageId([3]));
        Assert.True(GossipRpc.TryDecode(rpc.Encode(), out var again, out var malformed));
        Assert.Equal(0, malformed);
        Assert.Equal(rpc.Encode(), again.Encode());
        Assert.True(again.Messages[0].IsSigned());

        var many = new GossipRpc();
        many.IWant.AddRange(Enumerable.Range(0, GossipRpc.MaxIds + 1).Select(i => new GossipMessageId(BitConverter.GetBytes(i))));
        Assert.True(GossipRpc.TryDecode(many.Encode(), out again, out _));
        Assert.Equal(GossipRpc.MaxIds, again.IWant.Count);
        Assert.False(GossipRpc.TryDecode(new byte[GossipRpc.MaxLength + 1], out _, out _));
        Assert.True(GossipRpc.TryDecode(new ProtoWriter().Bytes(2, [1]).ToArray(), out again, out malformed));
        Assert.Equal((0, 1), (again.Messages.Count, malformed));
    }

    private static (GossipNetwork Network, PeerId One, PeerId Other) Pair()
    {
        var network = new GossipNetwork();
        var (one, other) = (network.Add(), network.Add());
        network.Connect(one, other);
        network.Join(Topic, one, other);
        network.Beat();
        Assert.Contains(other, network.Router(one).Mesh(Topic));
        return (network, one, other);
    }
}
